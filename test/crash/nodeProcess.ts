import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { INodeExecutionData } from 'n8n-workflow';

import { killFamily, signalFamily } from '../servers/processes';
import { TYPESCRIPT } from '../typescript';
import type { NodeJob, NodeWorkerMessage } from './nodeWorker';

/** A process that runs the node, seen from the test. */
export class NodeWorker {
	/** Resolves when it is gone, with the signal that killed it. */
	readonly ended: Promise<NodeJS.Signals | null>;

	/** Resolves when it can be given work. */
	static async start(): Promise<NodeWorker> {
		const worker = new NodeWorker(
			fork(join(__dirname, 'nodeWorker.ts'), {
				execArgv: TYPESCRIPT,
				env: { ...process.env, NODE_ENV: 'production' },
				stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
			}),
		);
		await worker.waitFor('ready');
		return worker;
	}

	private constructor(private readonly child: ChildProcess) {
		this.ended = once(child, 'exit').then(([, signal]) => signal as NodeJS.Signals | null);
	}

	/** @returns the items by the node's outputs; nothing when it died over its work */
	async do(job: NodeJob): Promise<INodeExecutionData[][] | undefined> {
		const done = this.waitFor('done');
		this.child.send(job);
		const message = await done;
		return message?.kind === 'done' ? message.outputs : undefined;
	}

	async kill(): Promise<void> {
		// With what it has started: a child that stands still would outlive it, and keep the test's pipes open.
		await killFamily(this.pid);
		await this.ended;
	}

	private get pid(): number {
		if (this.child.pid === undefined) throw new Error('The worker did not start');
		return this.child.pid;
	}

	/** SIGSTOP for it and what it has started: connections stay open, and nothing goes on. */
	async pause(): Promise<void> {
		await signalFamily(this.pid, 'SIGSTOP');
	}

	/** Goes on where it was left, and knows nothing of the time in between. */
	async resume(): Promise<void> {
		await signalFamily(this.pid, 'SIGCONT');
	}

	private waitFor(kind: NodeWorkerMessage['kind']): Promise<NodeWorkerMessage | undefined> {
		return new Promise((resolve) => {
			this.child.on('message', (message: NodeWorkerMessage) => {
				if (message.kind === kind) resolve(message);
			});
			void this.ended.then(() => resolve(undefined));
		});
	}
}
