/** Name of the environment variable that marks every process we start: `<instance>/<child|service>/<id>`. */
export const TOKEN_VARIABLE = 'CCCI_TOKEN';
