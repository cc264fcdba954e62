/** The note in which it stands how often it was counted. */
export const TURN_NOTE = 'turn';

/** The note in which it stands how far the entries are marked that were decided before there were marks. */
export const UNMARKED_NOTE = 'unmarked';
