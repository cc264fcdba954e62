import { setTimeout as pause } from 'node:timers/promises';

import type { ShopOrder } from './nodes';
import type { OutputLabel, ShopAnswer } from './orderWorkflow';

/** How many deliveries are underway at once. */
const AT_ONCE = 40;

/** Between two rounds of deliveries, and between two calls of a webhook that is not there yet; in milliseconds. */
const BEFORE_AGAIN = 200;

/** How long after Publish, or a restart, a webhook may be missing; in milliseconds. */
const REGISTRATION = 15_000;

/**
 * A shop that delivers orders as shops do: what it has no final answer for, it delivers again. Retry is not
 * final, and neither is silence.
 */
export class ShopClient {
	/** All that were begun. */
	deliveries = 0;
	/** Those that no workflow answered: n8n was not there, died, or was too slow. */
	unanswered = 0;
	private readonly answers = new Map<string, ShopAnswer[]>();

	/**
	 * @param url of the webhook
	 * @param patience how long an answer may take before the order counts as not answered; in milliseconds
	 */
	constructor(
		private readonly url: string,
		private readonly patience = 60_000,
	) {}

	/** All answers to an order, oldest first. */
	answersTo({ order_number: number }: ShopOrder): ShopAnswer[] {
		return this.answers.get(number) ?? [];
	}

	/** By which outputs the deliveries of an order have left, in the order of the alphabet. */
	outputsOf(order: ShopOrder): OutputLabel[] {
		return this.answersTo(order)
			.map(({ output }) => output)
			.sort();
	}

	/** Resolves with what it was told; undefined when it was told nothing. */
	async deliver(order: ShopOrder): Promise<ShopAnswer | undefined> {
		this.deliveries++;
		const shopAnswer = await this.send(order).catch(() => undefined);
		if (shopAnswer) this.answers.set(order.order_number, [...this.answersTo(order), shopAnswer]);
		else this.unanswered++;
		return shopAnswer;
	}

	/** Each once; the first ones first, as many at once as a busy shop has. */
	async deliverAll(orders: readonly ShopOrder[]): Promise<void> {
		const queue = orders.values();
		const one = async () => {
			for (const order of queue) await this.deliver(order);
		};
		await Promise.all(Array.from({ length: AT_ONCE }, one));
	}

	/** Delivers again, round after round, what has no final answer yet. Rejects when the time is over. */
	async settle(orders: readonly ShopOrder[], patience: number): Promise<void> {
		const deadline = Date.now() + patience;
		for (;;) {
			const open = orders.filter((order) => !this.hasFinalAnswer(order));
			if (open.length === 0) return;
			if (Date.now() > deadline) {
				const [first] = open;
				const last = first && this.answersTo(first).at(-1);
				throw new Error(
					`${open.length} orders have no final answer, such as ${JSON.stringify(last)}`,
				);
			}
			await pause(BEFORE_AGAIN);
			await this.deliverAll(open);
		}
	}

	private hasFinalAnswer(order: ShopOrder): boolean {
		return this.answersTo(order).some(({ output }) => output !== 'Retry');
	}

	private async send(order: ShopOrder): Promise<ShopAnswer | undefined> {
		const signal = AbortSignal.timeout(this.patience);
		const deadline = Date.now() + REGISTRATION;
		for (;;) {
			const answer = await fetch(this.url, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify(order),
				signal,
			});
			const text = await answer.text();
			const isMissing = answer.status === 404 && text.includes('is not registered');
			if (!isMissing || Date.now() > deadline) return parseAnswer(text);
			await pause(BEFORE_AGAIN);
		}
	}
}

/** What n8n itself says, for example of a worker that died, is no answer of the workflow. */
function parseAnswer(text: string): ShopAnswer | undefined {
	try {
		const answer = JSON.parse(text) as Partial<ShopAnswer>;
		return answer.output === undefined ? undefined : (answer as ShopAnswer);
	} catch {
		return undefined;
	}
}
