import { exclusively } from './exclusively';

/** Takes a lock, tells so, and never lets go of it. */
void exclusively(process.argv[2]!, () => {
	process.send?.('taken');
	return new Promise(() => setInterval(() => undefined, 60_000));
});
