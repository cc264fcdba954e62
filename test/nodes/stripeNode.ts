import { setImmediate } from 'node:timers/promises';

import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';
import type Stripe from 'stripe';

import type { Time } from '../../ledger/clock';
import { StripeIdempotent } from '../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import type { NodeUnderTest, RunOptions, RunResult, ToolOptions } from '../engine';
import { runAsTool, runNode, workflowOf } from '../engine';
import { connect } from '../../stripe/api/connection';
import { stripeAt } from '../simulator/client';
import type { SimulatorOptions } from '../simulator/simulator';
import { StripeSimulator } from '../simulator/simulator';
import { LedgerFolder } from './ledgerFolder';

export const STRIPE_NODE = 'n8n-nodes-stripe-idempotent.stripeIdempotent';

export const ACCOUNT = 'acct_simulator';
export const SECRET_KEY = 'sk_test_shop';

/** Charges 19.99 EUR once per order, unless the item says otherwise. */
export const CHARGE: INodeParameters = {
	resource: 'paymentIntent',
	operation: 'create',
	amount: '={{ $json.amount ?? 1999 }}',
	amountUnit: 'minor',
	currency: '={{ $json.currency ?? "EUR" }}',
	confirm: true,
	paymentMethod: '={{ $json.card ?? "pm_card_visa" }}',
	keyFields: { field: [{ path: 'order', treatAs: 'text' }] },
};

/** A card without money. */
export const EMPTY_CARD = 'pm_card_chargeDeclinedInsufficientFunds';

/** A time in which every pause is over at once; pauses that overlap pass together. */
class QuickTime implements Time {
	readonly slept: number[] = [];
	private offset = 0;

	now(): number {
		return Date.now() + this.offset;
	}

	monotonic(): number {
		return this.now();
	}

	async sleep(ms: number, signal?: AbortSignal): Promise<void> {
		if (signal?.aborted) return;
		this.slept.push(ms);
		const due = this.now() + ms;
		await setImmediate();
		this.offset += Math.max(0, due - this.now());
	}

	random(): number {
		return 0.5;
	}
}

export interface ErrorFacts {
	outcome: string;
	statusCode: number | null;
	type: string | null;
	code: string | null;
	declineCode: string | null;
	adviceCode: string | null;
	objectId: string | null;
	param: string | null;
	message: string;
	requestId: string | null;
	retryable: boolean;
	retryAfterSeconds: number | null;
	nextStep: string;
}

export interface IdempotencyFacts {
	key: string | null;
	entryId: string | null;
	state: string | null;
	attempt: number | null;
	sends: number;
	replayed: boolean;
	source: 'stripe' | 'ledger' | null;
	firstSentAt: string | null;
	settledAt: string | null;
	requestId: string | null;
	warning?: string;
}

/** What stands in an item that left the node. */
export interface Left extends IDataObject {
	error: ErrorFacts & IDataObject;
	input: IDataObject;
	idempotency: IdempotencyFacts & IDataObject;
}

/** One run of the node, its items by the names of the outputs. */
export interface Outputs extends RunResult {
	items: INodeExecutionData[][];
	success: Left[];
	clientError: Left[];
	serverError: Left[];
	duplicate: Left[];
}

export interface ShopOptions extends SimulatorOptions {
	/** Replaces fields of the credential; `baseUrl` is the simulator's. */
	credential?: IDataObject;
	time?: Time;
}

type Run = Partial<RunOptions> & { node?: Partial<NodeUnderTest> };

/** A Stripe on this machine, a ledger in a folder of its own, and the node that uses both. */
export class Shop {
	readonly stripe: Stripe;
	private readonly place = new LedgerFolder();
	readonly folder = this.place.path;
	readonly ledgerFile = this.place.file;

	/** In a process that has heard from Stripe before. */
	static async open({ time = new QuickTime(), ...options }: ShopOptions = {}): Promise<Shop> {
		const shop = new Shop(await StripeSimulator.start({ clock: time, ...options }), options, time);
		await shop.hearTime();
		return shop;
	}

	private constructor(
		readonly simulator: StripeSimulator,
		private readonly shop: ShopOptions,
		private readonly time: Time,
	) {
		this.stripe = stripeAt(simulator, SECRET_KEY);
	}

	private async hearTime(): Promise<void> {
		const { secretKey = SECRET_KEY } = this.shop.credential ?? {};
		if (typeof secretKey !== 'string' || !/^[sr]k_test_/.test(secretKey)) return;
		const connection = connect({ secretKey, baseUrl: this.simulator.url }, this.time);
		await connection.clock.ascertain();
		this.forgetRequests();
	}

	async close(): Promise<void> {
		await this.simulator.stop();
		await this.place.remove();
	}

	/** The node as it stands in a workflow. */
	node(parameters: INodeParameters, more: Partial<NodeUnderTest> = {}): NodeUnderTest {
		return { type: STRIPE_NODE, parameters: { ledgerFile: this.ledgerFile, ...parameters }, ...more };
	}

	options(more: Partial<RunOptions> = {}): RunOptions {
		const credential = { secretKey: SECRET_KEY, accountId: ACCOUNT, baseUrl: this.simulator.url };
		return {
			nodeTypes: { [STRIPE_NODE]: new StripeIdempotent(this.time) },
			credentials: { stripeIdempotentApi: { ...credential, ...this.shop.credential } },
			...more,
		};
	}

	async run(
		parameters: INodeParameters,
		items: RunOptions['items'],
		{ node, ...more }: Run = {},
	): Promise<Outputs> {
		return byName(await runNode(this.node(parameters, node), this.options({ items, ...more })));
	}

	/** The node as the tool of an agent that calls it with each of `args`. */
	async asTool(
		parameters: INodeParameters,
		args: IDataObject | IDataObject[],
		more: Partial<ToolOptions> = {},
	) {
		return await runAsTool(this.node(parameters), args, { ...this.options(), ...more });
	}

	workflow(parameters: INodeParameters, more: Partial<NodeUnderTest> = {}) {
		return workflowOf(this.node(parameters, more), this.options());
	}

	/** How many charges really happened. */
	charges(): number {
		return this.simulator.report().charges.length;
	}

	/** Forgets the requests so far, so that a test sees its own only. */
	forgetRequests(): void {
		this.simulator.requests.length = 0;
	}
}

function byName(result: RunResult & { items: INodeExecutionData[][] }): Outputs {
	const [success, clientError, serverError, duplicate] = result.items.map((items) =>
		items.map(({ json }) => json as Left),
	);
	return {
		...result,
		success: success ?? [],
		clientError: clientError ?? [],
		serverError: serverError ?? [],
		duplicate: duplicate ?? [],
	};
}

/** The key made of one text. */
export function keyOf(customKey: string): INodeParameters {
	return { keySource: 'custom', customKey };
}

/** A choice in a resource locator. */
export function picked(mode: 'list' | 'id' | 'url', value: string): INodeParameters {
	return { __rl: true, mode, value };
}

export const options = (values: INodeParameters): INodeParameters => ({ options: values });
