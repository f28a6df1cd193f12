/** Files that the docker CLI takes and we refuse: why, and what our message then says. */
export const REFUSED_HERE_ALONE: readonly { reason: string; message: RegExp }[] = [
  { reason: 'docker stack deploy refuses it later: nothing of that name is defined', message: /which the top-level/ },
  {
    reason: 'docker stack deploy refuses it later, while it makes services of the files',
    message:
      /invalid image reference|options are incompatible|invalid tmpfs source|replicated-job mode|test and disable/,
  },
  { reason: 'the engine refuses a mode or condition that it does not know', message: /must be one of .*, not "/ },
  { reason: 'the engine refuses a negative duration', message: /must be a duration, not "-/ },
  {
    reason: 'the CLI only checks a number of more than nine digits: no engine counts so far',
    // One of more than 21 digits is shown as JavaScript writes it.
    message: /whole number, not "(?:\d{10,}|\d(?:\.\d+)?e\+\d+)/,
  },
  { reason: 'the CLI cuts the fraction off; we ask what was meant', message: /whole number, not "\d*\.\d+"/ },
  { reason: 'the engine refuses the name of a mount, a network or a service', message: /is no name (for|on)/ },
];

/**
 * Values that reach an app as they are written, while the CLI writes them anew: it makes numbers and points in time of
 * them, and loses digits, zeros and notation. The lint asks for quotes (C002), with which both agree.
 */
export const WRITTEN_ANEW = /^[-+.\d]/;
