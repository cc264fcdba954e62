/** Name of the note with the number of counts so far. */
export const TURN_NOTE = 'turn';

/** Name of the note with the id up to which entries decided before marks existed have been marked. */
export const UNMARKED_NOTE = 'unmarked';
