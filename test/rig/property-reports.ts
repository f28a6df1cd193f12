import fc from 'fast-check';

/** What was wrong is in the message of a property that fails: reports of a whole night keep no causes. */
fc.configureGlobal({ ...fc.readConfigureGlobal(), includeErrorInReport: true });
