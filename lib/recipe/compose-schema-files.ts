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

const SCHEMAS = [v30, v31, v32, v33, v34, v35, v36, v37, v38, v39, v310, v311, v312, v313];

/** Version of the compose format → its schema as the docker CLI has it; see `schemas/compose/README.md`. */
export const COMPOSE_SCHEMAS: ReadonlyMap<string, object> = new Map<string, object>(
  SCHEMAS.map((schema) => [/_v(.+)\.json$/.exec(schema.id)?.[1] ?? '', schema]),
);
