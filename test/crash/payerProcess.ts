import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { TYPESCRIPT } from '../typescript';
import type { Ends } from './ends';
import type { Errand, News, Order, Told } from './payer';

/** A process that pays, seen from the test: it does one errand after the other until it is killed. */
export class Payer {
	/** What its ledger has acknowledged in the errand that it was told last. */
	told: Told[] = [];
	private hasToldOne: () => void = () => {};
	private readonly waiting = new Map<News['what'], (news: News | undefined) => void>();
	private readonly gone: Promise<unknown>;

	/** Resolves when it can be sent on errands. */
	static async start(): Promise<Payer> {
		const payer = new Payer(
			fork(join(__dirname, 'payer.ts'), {
				execArgv: TYPESCRIPT,
				stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
			}),
		);
		await payer.hear('ready');
		return payer;
	}

	private constructor(private readonly child: ChildProcess) {
		child.on('message', (news: News) => {
			if (news.what === 'claimed' || news.what === 'settled') {
				this.told.push(news);
				this.hasToldOne();
			} else this.waiting.get(news.what)?.(news);
		});
		// What it told before it died comes before the end of the channel.
		this.gone = Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
		void this.gone.then(() => {
			for (const wake of this.waiting.values()) wake(undefined);
			this.hasToldOne();
		});
	}

	/** Resolves when it is connected and waits for the word. */
	async prepare(errand: Errand): Promise<void> {
		this.told = [];
		const prepared = this.hear('prepared');
		this.say({ do: 'prepare', errand });
		if (!(await prepared)) throw new Error(`${errand.payer} died while it prepared itself`);
	}

	/** @returns what happened to the orders; nothing when it was killed before it was done */
	async go(): Promise<Ends | undefined> {
		const done = this.hear('done');
		this.say({ do: 'go' });
		const news = await done;
		return news?.what === 'done' ? news.ends : undefined;
	}

	/** Resolves at the next acknowledgement, or when it is gone. */
	acknowledgement(): Promise<void> {
		return new Promise((resolve) => {
			this.hasToldOne = resolve;
		});
	}

	/** SIGKILL; resolves when it is gone and everything that it told has been heard. */
	async kill(): Promise<void> {
		this.child.kill('SIGKILL');
		await this.gone;
	}

	private say(order: Order): void {
		this.child.send(order);
	}

	private hear(what: News['what']): Promise<News | undefined> {
		return new Promise((resolve) => {
			this.waiting.set(what, resolve);
		});
	}
}
