/** Runs in a worker thread, one for each file: what SQLite and the disk take, they take from nobody else. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

import { GroupCommit } from './groupCommit';
import type { FromThread, ToThread } from './messages';

function run(port: NonNullable<typeof parentPort>, { path }: { path: string }): void {
	const commits = new GroupCommit(path, (answered: FromThread) => port.postMessage(answered));
	port.on('message', (first: ToThread) => {
		const messages = [first];
		// What has arrived while the last commit was written belongs together.
		for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port)) {
			messages.push(more.message as ToThread);
		}
		const requests = messages.flatMap((message) => (message === 'close' ? [] : message));
		if (requests.length > 0) commits.take(requests);
		if (messages.includes('close')) void commits.close().then(() => port.close());
	});
}

if (parentPort) run(parentPort, workerData as { path: string });
