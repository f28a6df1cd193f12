/** Flags that go with every command. */
export const COMMON_FLAGS: readonly (readonly [flags: string, description: string])[] = [
  ['--config <file>', 'configuration file'],
  ['--state-directory <directory>', 'state directory of the controller'],
  ['--spec-directory <directory>', 'directory of the spec files'],
];

/** The word that the scripts of completion ask `ccctl` with; it is no command for people. */
export const ASK = '__complete';
