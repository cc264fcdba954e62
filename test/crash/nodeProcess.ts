import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { INodeExecutionData } from 'n8n-workflow';

import { killFamily, signalFamily } from '../servers/processes';
import { TYPESCRIPT } from '../typescript';
import type { Work, WorkerNews } from './nodeWorker';

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
		await worker.hear('ready');
		return worker;
	}

	private constructor(private readonly child: ChildProcess) {
		this.ended = once(child, 'exit').then(([, signal]) => signal as NodeJS.Signals | null);
	}

	/** @returns the items by the node's outputs; nothing when it died over its work */
	async do(work: Work): Promise<INodeExecutionData[][] | undefined> {
		const done = this.hear('done');
		this.child.send(work);
		const news = await done;
		return news?.what === 'done' ? news.outputs : undefined;
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

	private hear(what: WorkerNews['what']): Promise<WorkerNews | undefined> {
		return new Promise((resolve) => {
			this.child.on('message', (news: WorkerNews) => {
				if (news.what === what) resolve(news);
			});
			void this.ended.then(() => resolve(undefined));
		});
	}
}
