import { once } from 'node:events';

import { exclusively } from './exclusively';

/**
 * Takes a lock, reports it, and holds it until the test has ended. It waits for something that the process
 * references: an unreachable promise would be collected, and the lock with it.
 */
void exclusively(process.argv[2]!, async () => {
	process.send?.('taken');
	await once(process, 'disconnect');
});
