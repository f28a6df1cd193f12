import v30 from '../../schemas/compose/config_schema_v3.0.json' with { type: 'json' };
import v31 from '../../schemas/compose/config_schema_v3.1.json' with { type: 'json' };
import v32 from '../../schemas/compose/config_schema_v3.2.json' with { type: 'json' };
import v33 from '../../schemas/compose/config_schema_v3.3.json' with { type: 'json' };
import v34 from '../../schemas/compose/config_schema_v3.4.json' with { type: 'json' };
import v35 from '../../schemas/compose/config_schema_v3.5.json' with { type: 'json' };
import v36 from '../../schemas/compose/config_schema_v3.6.json' with { type: 'json' };
import v37 from '../../schemas/compose/config_schema_v3.7.json' with { type: 'json' };
import v38 from '../../schemas/compose/config_schema_v3.8.json' with { type: 'json' };
import v39 from '../../schemas/compose/config_schema_v3.9.json' with { type: 'json' };
import v310 from '../../schemas/compose/config_schema_v3.10.json' with { type: 'json' };
import v311 from '../../schemas/compose/config_schema_v3.11.json' with { type: 'json' };
import v312 from '../../schemas/compose/config_schema_v3.12.json' with { type: 'json' };
import v313 from '../../schemas/compose/config_schema_v3.13.json' with { type: 'json' };

/** Version of the compose format → its schema as the docker CLI has it; see `schemas/compose/README.md`. */
export const COMPOSE_SCHEMAS: ReadonlyMap<string, object> = new Map<string, object>([
  ['3.0', v30],
  ['3.1', v31],
  ['3.2', v32],
  ['3.3', v33],
  ['3.4', v34],
  ['3.5', v35],
  ['3.6', v36],
  ['3.7', v37],
  ['3.8', v38],
  ['3.9', v39],
  ['3.10', v310],
  ['3.11', v311],
  ['3.12', v312],
  ['3.13', v313],
]);
