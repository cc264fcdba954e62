import fc from 'fast-check';

/**
 * `npm test` goes through the same examples each time: what fails once fails again, whoever runs it. The soak goes through
 * new ones, and `FC_SEED` through those of a seed that it has told.
 */
const USUAL_SEED = 1_423_502_976;
const isSoak = process.env.SOAK === '1';
const anySeed = () => Math.floor(Math.random() * 2 ** 31);

export const seed = Number(process.env.FC_SEED ?? (isSoak ? anySeed() : USUAL_SEED));

fc.configureGlobal({ seed });

export default fc;
