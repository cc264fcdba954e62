import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { INodeExecutionData } from 'n8n-workflow';

import { killFamily, signalFamily } from '../servers/processes';
import { TYPESCRIPT } from '../typescript';
import type { NodeJob, NodeWorkerMessage } from './nodeWorker';

/** The test's handle on a process that runs the node. */
export class NodeWorker {
	/** Resolves when the process has ended, with the signal that killed it. */
	readonly ended: Promise<NodeJS.Signals | null>;

	/** Resolves when the process is ready for a job. */
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

	/** @returns the items by the node's outputs; undefined if the process died during the job */
	async do(job: NodeJob): Promise<INodeExecutionData[][] | undefined> {
		const done = this.waitFor('done');
		this.child.send(job);
		const message = await done;
		return message?.kind === 'done' ? message.outputs : undefined;
	}

	async kill(): Promise<void> {
		// Kills its children too: a stopped child would outlive it and keep the test's pipes open.
		await killFamily(this.pid);
		await this.ended;
	}

	private get pid(): number {
		if (this.child.pid === undefined) throw new Error('The worker did not start');
		return this.child.pid;
	}

	/** Sends SIGSTOP to the process and its children: connections stay open, and nothing runs. */
	async pause(): Promise<void> {
		await signalFamily(this.pid, 'SIGSTOP');
	}

	/** Sends SIGCONT: the process continues without noticing the time in between. */
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
