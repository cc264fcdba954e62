import { setImmediate as nextTurn } from 'node:timers/promises';

import type { IDataObject } from 'n8n-workflow';

import type { Entry } from '../../ledger/model/entry';
import { Ledger } from '../../ledger/ledger';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import type { Time } from '../../ledger/clock';
import { StripeIdempotent } from '../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import type { NodeUnderTest, RunOptions, RunResult } from '../engine';
import { retryExecution, runNode, workflowOf } from '../engine';
import type { Credentials } from '../engine/credentials';
import type { SimulatorOptions } from '../simulator/simulator';
import { StripeSimulator } from '../simulator/simulator';
import { LedgerFolder } from './ledgerFolder';

const NODE_TYPE = 'n8n-nodes-stripe-idempotent.stripeIdempotent';

/** A clock that tests move; waiting costs no time on it, only a turn of the event loop. */
class MovedTime implements Time {
	private offset = 0;

	now = (): number => Date.now() + this.offset;

	monotonic = (): number => this.now();

	sleep = async (): Promise<void> => {
		await nextTurn();
	};

	random = (): number => 0.5;

	advance(ms: number): void {
		this.offset += ms;
	}
}

export interface Order extends IDataObject {
	order: string | number | null;
	amount: number | string;
}

export interface Leaving {
	json: IDataObject & { error?: IDataObject; idempotency?: IDataObject };
	pairedItem?: unknown;
}

export interface Outcome {
	result: RunResult;
	success: Leaving[];
	clientError: Leaving[];
	serverError: Leaving[];
	duplicate: Leaving[];
	hints: string[];
}

export interface RunWith {
	parameters?: IDataObject;
	options?: IDataObject;
	credential?: IDataObject;
	/** n8n's own credentials of the ledgers, by their type. */
	ledgers?: Credentials;
	node?: Partial<NodeUnderTest>;
	run?: Partial<RunOptions>;
}

/** A Stripe, a ledger file and a clock of the test's own. */
export class Setting {
	readonly time = new MovedTime();
	private readonly place = new LedgerFolder();
	readonly folder = this.place.path;
	readonly ledgerFile = this.place.file;

	private constructor(readonly stripe: StripeSimulator) {}

	static async begin(options: Omit<SimulatorOptions, 'clock'> = {}): Promise<Setting> {
		const clock = { now: () => Date.now() };
		const stripe = await StripeSimulator.start({ ...options, clock: { now: () => clock.now() } });
		const setting = new Setting(stripe);
		clock.now = setting.time.now;
		return setting;
	}

	async end(): Promise<void> {
		await this.stripe.stop();
		await this.place.remove();
	}

	/** The node that charges an order once: key field `order`, amount from the item, a card that works. */
	node({ parameters = {}, options = {}, node = {} }: RunWith = {}): NodeUnderTest {
		return {
			type: NODE_TYPE,
			...node,
			parameters: {
				resource: 'paymentIntent',
				operation: 'create',
				amount: '={{ $json.amount }}',
				amountUnit: 'minor',
				currency: 'eur',
				confirm: true,
				paymentMethod: 'pm_card_visa',
				keyFields: { field: [{ path: 'order', treatAs: 'text' }] },
				ledgerFile: this.ledgerFile,
				options: { timeoutSeconds: 60, maxRetries: 0, waitForBusySeconds: 10, ...options },
				...parameters,
			},
		};
	}

	runOptions(items: IDataObject[], { credential = {}, ledgers = {}, run = {} }: RunWith = {}): RunOptions {
		return {
			nodeTypes: { [NODE_TYPE]: new StripeIdempotent(this.time) },
			credentials: {
				stripeIdempotentApi: {
					secretKey: 'sk_test_operations',
					baseUrl: this.stripe.url,
					...credential,
				},
				...ledgers,
			},
			items,
			...run,
		};
	}

	async run(items: IDataObject[], how: RunWith = {}): Promise<Outcome> {
		return outcomeOf(await runNode(this.node(how), this.runOptions(items, how)), how.node?.name);
	}

	/** As Retry in the executions list: another execution, beginning with the failed node. */
	async retry(previous: RunResult, items: IDataObject[], how: RunWith = {}): Promise<Outcome> {
		const options = this.runOptions(items, how);
		return outcomeOf(
			await retryExecution(previous, workflowOf(this.node(how), options), options),
			how.node?.name,
		);
	}

	charges(): number {
		return this.stripe.report().charges.length;
	}

	/** As an older version, or an answer without it, would have left it. */
	async rewrite(entry: Entry): Promise<void> {
		const [isWritten] = await SqliteStore.open(this.ledgerFile).replaceIfVersion([
			{ ...entry, version: entry.version + 1 },
		]);
		if (!isWritten) throw new Error('It has been written meanwhile');
	}

	entries(): Promise<Entry[]> {
		return new Ledger(SqliteStore.open(this.ledgerFile), this.time).list({ limit: 1_000 });
	}
}

function outcomeOf(result: RunResult, name = 'Node'): Outcome {
	const [success = [], clientError = [], serverError = [], duplicate = []] = result.outputs(
		name,
	) as Leaving[][];
	const hints = result.hints(name).map(({ message }) => message);
	return { result, success, clientError, serverError, duplicate, hints };
}

export const HOUR_MS = 3_600_000;
export const SOME_ORDER: Order = { order: '1001', amount: 1999 };
