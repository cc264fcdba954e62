/** Serves one file in a worker thread, so that SQLite and the disk never block the main thread. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

import { GroupCommit } from './groupCommit';
import type { FromThread, ToThread } from './messages';

function run(port: NonNullable<typeof parentPort>, { path }: { path: string }): void {
	const commits = new GroupCommit(path, (responses: FromThread) => port.postMessage(responses));
	port.on('message', (first: ToThread) => {
		const messages = [first];
		// All messages that arrived during the last commit form one batch.
		for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port)) {
			messages.push(more.message as ToThread);
		}
		const requests = messages.flatMap((message) => (message === 'close' ? [] : message));
		if (requests.length > 0) commits.submit(requests);
		if (messages.includes('close')) void commits.close().then(() => port.close());
	});
}

if (parentPort) run(parentPort, workerData as { path: string });
