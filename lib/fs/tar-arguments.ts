/** Records of 64 KiB, which is what a pipe holds: smaller ones are handed on in six times as many turns. */
const RECORDS = '--blocking-factor=128';

/** What GNU tar keeps of what it reads: names of any bytes, holes, extended attributes, lists of rights, owners. */
export const PAX_READING = `--format=pax ${RECORDS} --sparse --xattrs --xattrs-include="*" --acls --numeric-owner`;
/** The same for what it writes; directories get their times and rights last. */
export const PAX_WRITING = `${RECORDS} --same-owner --same-permissions --delay-directory-restore --xattrs --xattrs-include="*" --acls --numeric-owner`;
