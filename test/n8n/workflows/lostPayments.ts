import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import type { Entry } from '../../../ledger/model/entry';
import { isEntry } from '../../../ledger/store';
import { SqliteStore } from '../../../ledger/stores/sqlite/sqliteStore';
import type { WorkflowJson } from '../../engine/workflowJson';
import { connectNodes } from '../../engine/workflowJson';
import type { FaultKind } from '../../simulator/simulator';
import { Chat } from './chat';
import { loadExample } from './exampleWorkflows';
import type { Execution } from '../harness/execution';
import { useRealN8n } from '../harness/useRealN8n';
import type { RealN8n } from '../harness/realN8n';

const TRIGGER = 'Try It Manually';
/** Customers have a page to come back to, so that a payment can wait for them. */
const WITH_PAGE = {
	metadata: { entry: [{ key: 'order_number', value: '={{ $json.order_number }}' }] },
	returnUrl: 'https://shop.example.com/orders',
};
const ONE_SEND = { 'Charge Once': { options: { maxRetries: 0 }, additionalFields: WITH_PAGE } };
const TIMES = ['createdAt', 'firstSentAt', 'lastSentAt', 'settledAt', 'leaseUntil'] as const;

/** A shop whose payments get lost, the example that looks after them, and the chat that it tells of them. */
export class LostPayments {
	private constructor(
		readonly n8n: RealN8n,
		readonly chat: Chat,
		/** The workflows, by their ids. */
		readonly letters: string,
		readonly orders: string,
		private readonly ledger: SqliteStore,
	) {}

	static async begin(n8n: RealN8n): Promise<LostPayments> {
		const chat = await Chat.start();
		const letters = await n8n.api.importWorkflow(deadLetters(chat));
		const orders = await n8n.api.importWorkflow(loadExample('charge-orders-once', ONE_SEND));
		const ledger = SqliteStore.open(join(n8n.main.userFolder, '.n8n', 'idempotency.sqlite'));
		return new LostPayments(n8n, chat, letters.id, orders.id, ledger);
	}

	async end(): Promise<void> {
		await this.ledger.close();
		await this.chat.stop();
	}

	/** Stripe does this to the next sends for the order. */
	fault(kind: FaultKind, order: string, times = 1): void {
		const match = { method: 'POST', metadata: { order_number: order } };
		this.n8n.simulator.inject({ kind, times, match });
	}

	/** Somebody orders. @returns the id of the execution */
	async order(number: string, payment_method = 'pm_card_visa'): Promise<string> {
		const json = { order_number: number, amount: '49.90', currency: 'EUR', payment_method };
		const workflow = { ...loadExample('charge-orders-once', ONE_SEND), pinData: { Orders: [{ json }] } };
		await this.n8n.api.changeWorkflow(this.orders, workflow);
		return (await this.n8n.api.runByHand(this.orders)).id;
	}

	/** Resolves when it is over. */
	round(): Promise<Execution> {
		return this.n8n.api.runByHand(this.letters, TRIGGER);
	}

	/** @returns the id of the execution, which has begun */
	startRound(): Promise<string> {
		return this.n8n.api.startByHand(this.letters, TRIGGER);
	}

	/** So many rounds, one after the other, in which everything works. @returns the last one */
	async goodRounds(count = 1): Promise<Execution> {
		const execution = await this.round();
		expect([execution.status, execution.error?.message]).toEqual(['success', undefined]);
		return count > 1 ? this.goodRounds(count - 1) : execution;
	}

	/** What Stripe has really done for the order. */
	charges(number: string) {
		const { charges } = this.n8n.simulator.report();
		return charges.filter(({ metadata }) => metadata.order_number === number);
	}

	/** What was sent to Stripe for the order. */
	sends(number: string) {
		const isMeant = (params: IDataObject) =>
			(params.metadata as IDataObject | undefined)?.order_number === number;
		return this.n8n.simulator.sends().filter(({ params }) => isMeant(params as IDataObject));
	}

	/** What a person was told of the order. */
	alertsAbout(number: string): string[] {
		return this.chat.about(`order_number ${number}`);
	}

	/** The entry that has this value in a field: an order number, or the entry that somebody is told of. */
	async entryOf(value: string): Promise<Entry> {
		for await (const rows of this.ledger.scan()) {
			const found = rows
				.filter(isEntry)
				.find(({ fields }) => fields.some(([, text]) => text === value));
			if (found) return found;
		}
		throw new Error(`The ledger has nothing about ${value}`);
	}

	/** n8n's clock cannot be moved: instead all that happened to the entry has happened so much earlier. */
	async letPass(value: string, ms: number): Promise<void> {
		const entry: Entry & Partial<Record<(typeof TIMES)[number], number>> = await this.entryOf(value);
		const earlier = Object.fromEntries(
			TIMES.flatMap((name) => (entry[name] === undefined ? [] : [[name, entry[name] - ms]])),
		);
		const next = { ...entry, ...earlier, version: entry.version + 1 };
		expect(await this.ledger.replaceIfVersion([next])).toEqual([true]);
	}
}

/** The example with this chat. */
export function deadLetters({ url }: Chat, changes: Record<string, IDataObject> = {}): WorkflowJson {
	return loadExample('dead-letters', { 'Tell Somebody': { url }, ...changes });
}

/** What a person does after correcting the cause: resend the entry. */
export function retryByHand(entryId: string): WorkflowJson {
	const found = loadExample('dead-letters').nodes.find(({ name }) => name === 'Send It Again');
	if (!found) throw new Error('The example sends nothing again');
	const retry = { ...found, name: 'Retry', parameters: { ...found.parameters, entry: entryId } };
	return {
		name: 'Retry by hand',
		nodes: [{ name: 'By Hand', type: 'n8n-nodes-base.manualTrigger' }, retry],
		connections: connectNodes({ from: 'By Hand', to: 'Retry' }),
	};
}

/** All of it for the tests of this file, and after each test a Stripe and a chat that work. */
export function lostPayments(): () => LostPayments {
	const n8n = useRealN8n();
	let room: LostPayments | undefined;
	beforeAll(async () => {
		room = await LostPayments.begin(n8n());
	});
	afterEach(() => {
		n8n().simulator.clearFaults();
		if (room) room.chat.isDown = false;
	});
	afterAll(() => room?.end());
	return () => {
		if (!room) throw new Error('It has not begun');
		return room;
	};
}
