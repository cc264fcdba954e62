import { once } from 'node:events';

import { exclusively } from './exclusively';

/**
 * Takes a lock, tells so, and lets go of it only when the test is gone. It waits for something that the process keeps: a
 * promise that nobody can reach is collected, and the lock with it.
 */
void exclusively(process.argv[2]!, async () => {
	process.send?.('taken');
	await once(process, 'disconnect');
});
