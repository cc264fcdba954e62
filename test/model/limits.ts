import { randomUUID } from 'node:crypto';
import { inspect, isDeepStrictEqual } from 'node:util';

import { Ledger } from '../../ledger/ledger';
import type { Entry, OutcomeKind } from '../../ledger/model/entry';
import type { Grant } from '../../ledger/rules/grant';
import { parseToken } from '../../ledger/rules/token';
import type { Store } from '../../ledger/store';
import { StoreUnavailableError } from '../../ledger/store';
import { TokenRegistry } from '../../ledger/tokenRegistry';
import { FakeClock } from '../ledger/fakeClock';
import { FaultyStore } from '../ledger/faultyStore';
import { buildReport, ENTRY_RETENTION_MS } from '../ledger/requests';
import { buildReservation, withRequestToken } from '../ledger/reserving';
import { recount } from '../ledger/soundCounters';
import { sumUpTwice } from '../ledger/soundSums';

export interface LimitCommand {
	do:
		| ('reserve' | 'pay' | 'claim' | 'settle late' | 'deny' | 'cancel' | 'confirm' | 'capture')
		| ('purge' | 'pass time');
	invoice: number;
	agent: number;
	session: number;
	outcome: OutcomeKind;
	ms: number;
	/** The fault of the write with this number. A worker that is killed does nothing more. */
	fault: 'none' | 'killed before' | 'killed after' | 'denied';
	at: number;
}

const WRITES: ReadonlySet<keyof Store> = new Set([
	...(['insertIfAbsent', 'replaceIfVersion', 'replaceTogether', 'remove'] as const),
]);

/** Room for two or three payments. */
const MAX_PER_DAY = 5_000;
const MAX_PER_SESSION = 3;

const amountOf = (invoice: number) => 700 + invoice * 333;

/** Agents that reserve and pay on one ledger, and everything that can change an outcome later. */
export class LimitsModel {
	readonly seen = { reserved: 0, refused: 0, paid: 0, cutOff: 0, givenBack: 0 };
	private readonly time = new FakeClock();
	/** The newest token of each invoice, and every claim that was granted. */
	private readonly tokens = new Map<number, string>();
	private readonly grants: Grant[] = [];
	private taken = 0;

	constructor(private readonly store: Store) {}

	/** Runs the commands of one step concurrently, each in its own simulated process. */
	async execute(commands: readonly LimitCommand[]): Promise<void> {
		await Promise.all(commands.map((command) => this.executeOne(command)));
		const { summed, read } = await sumUpTwice(this.store, this.time.now());
		if (!isDeepStrictEqual(summed, read))
			throw new Error(`Summed up ${inspect(summed)}, and it is ${inspect(read)}`);
		const { counted, recounted } = await recount(this.store);
		if (!isDeepStrictEqual(counted, recounted))
			throw new Error(`Counted ${JSON.stringify(counted)}, and it is ${JSON.stringify(recounted)}`);
		const total = counted.reduce((sum, { amount }) => sum + amount, 0);
		if (total < this.taken) this.seen.givenBack++;
		this.taken = total;
	}

	private async executeOne(command: LimitCommand): Promise<void> {
		const store = this.faulty(command);
		try {
			await this.act(
				command,
				new TokenRegistry(store, this.time, 'secret'),
				new Ledger(store, this.time),
			);
		} catch (error) {
			if (!(error instanceof StoreUnavailableError)) throw error;
			this.seen.cutOff++;
		}
	}

	private faulty({ fault, at }: LimitCommand): Store {
		let writes = 0;
		let isDead = false;
		return new FaultyStore(this.store, (method) => {
			if (isDead) return 'before';
			if (!WRITES.has(method) || fault === 'none' || writes++ !== at) return 'none';
			if (fault === 'denied') return 'denied';
			isDead = true;
			return fault === 'killed before' ? 'before' : 'after';
		});
	}

	private async act(command: LimitCommand, registry: TokenRegistry, ledger: Ledger): Promise<void> {
		const { invoice, outcome } = command;
		const token = this.tokens.get(invoice);
		const { entryId = '' } = parseToken(token ?? '') ?? {};
		switch (command.do) {
			case 'reserve':
				return this.reserve(command, registry);
			case 'pay':
			case 'claim':
				return token === undefined ? undefined : this.pay(command, token, ledger);
			case 'settle late': {
				const grant = this.grants[invoice % Math.max(this.grants.length, 1)];
				if (grant) await ledger.settle(grant, buildReport(outcome), ENTRY_RETENTION_MS);
				return;
			}
			case 'deny': {
				const { reservation } = (await ledger.find(entryId)) ?? {};
				if (!reservation) return;
				const { generationId } = reservation;
				await registry.denyOrRevoke({ entryId, generationId }, 'denied', 'Ada', ENTRY_RETENTION_MS);
				return;
			}
			case 'cancel':
				await registry.cancel(entryId, 'Ada', ENTRY_RETENTION_MS);
				return;
			case 'confirm':
			case 'capture':
				return this.hear(command, entryId, ledger);
			case 'purge':
				await ledger.purge(50);
				return;
			case 'pass time':
				this.time.advance(command.ms);
		}
	}

	private async reserve(
		{ invoice, agent, session, fault }: LimitCommand,
		registry: TokenRegistry,
	): Promise<void> {
		const request = buildReservation({
			invoice: String(invoice),
			agent: `agent ${agent}`,
			session: `session ${session}`,
			intent: { amount: amountOf(invoice), isMaximum: true },
			policy: {
				currencies: [{ currency: 'eur', maxPerPayment: 10_000, maxPerDay: MAX_PER_DAY }],
				maxPerSession: MAX_PER_SESSION,
			},
			// A worker that was cut off runs again; a rejected payment gets a new attempt.
			...(fault === 'none' ? { afterRejection: 'newAttempt' as const } : {}),
		});
		const result = await registry.reserve(request);
		if (result.kind === 'over_limit') this.seen.refused++;
		if (result.kind !== 'reserved') return;
		this.seen.reserved++;
		this.tokens.set(invoice, result.token);
	}

	private async pay(
		{ do: how, invoice, outcome, ms }: LimitCommand,
		token: string,
		ledger: Ledger,
	): Promise<void> {
		const amount = amountOf(invoice) - (ms % 7);
		const request = { ...withRequestToken(token, { amount }), claimId: randomUUID() };
		const decision = await ledger.claim(request, 0);
		await ledger.waitUntilIdle();
		if (decision.kind !== 'granted') return;
		this.grants.push(decision.grant);
		if (how === 'claim') return;
		const { entry } = await ledger.settle(decision.grant, buildReport(outcome), ENTRY_RETENTION_MS);
		if (entry.state === 'succeeded') this.seen.paid++;
	}

	/** Stripe reports that the payment was made after all, or that less of it was captured. */
	private async hear({ do: what, invoice }: LimitCommand, entryId: string, ledger: Ledger): Promise<void> {
		const amount = amountOf(invoice);
		if (what === 'confirm') {
			const outcome = { kind: 'succeeded' as const, statusCode: 200, objectId: 'pi_1' };
			await ledger.confirmSuccess(entryId, ({ mode, account, key }) => ({
				mode,
				account,
				key,
				outcome,
			}));
			return;
		}
		const authorized = {
			kind: 'payment' as const,
			object: 'pi_1',
			state: 'authorized' as const,
			currency: 'eur',
			moved: 0,
			notMoved: amount,
			asOf: this.time.now() - 1,
		};
		const payment = {
			...authorized,
			state: 'paid' as const,
			moved: amount - 100,
			notMoved: 0,
			asOf: this.time.now(),
		};
		const update = ({ mode, account }: Entry) => ({ mode, account, payment, shown: {} });
		await ledger.recordPaymentUpdate(entryId, update, () => authorized);
	}
}
