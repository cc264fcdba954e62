import type { Entry, InFlightEntry } from '../../ledger/model/entry';
import type { Params } from '../../ledger/model/request';
import type { Finding } from '../../stripe/reconcile/finding';
import type { Inquiry } from '../../stripe/reconcile/stripeQueries';
import { ENTRY_METADATA, entryIdAsMetadata } from '../../stripe/objects/metadata';
import { reconcile } from '../../stripe/reconcile/reconcile';
import { ABSENT_AFTER_MS } from '../../ledger/rules/doubt';
import { asSent } from '../../nodes/shared/stripe/asSent';
import { FakeTime } from '../ledger/fakeTime';
import type { RecordedRequest } from '../simulator/simulator';
import { StripeSimulator } from '../simulator/simulator';
import { running } from './running';
import { at, pay } from './sending';

export const NOW = Date.UTC(2026, 0, 15, 12);
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const ENTRY = 'v1_the_entry';
export const KEY = `n8n_${ENTRY}`;
export const MARK = { [ENTRY_METADATA]: ENTRY };
export const PAYMENTS = '/v1/payment_intents';

/** Longer than anything that Stripe may still do about a send of NOW. */
export const SETTLED = ABSENT_AFTER_MS.failed + HOUR;

/** An entry whose send at NOW left no answer. */
export function unanswered(
	path: string,
	params: Params = {},
	more: Partial<InFlightEntry> = {},
): InFlightEntry {
	return {
		...{ state: 'in_flight', entryId: ENTRY, version: 2, operation: 'test', fields: [], attempt: 1 },
		...{ mode: 'test', account: 'acct_simulator', key: KEY, fingerprint: 'f', fence: 2 },
		...{ request: { method: 'POST', path, params, added: entryIdAsMetadata(path, params, ENTRY) } },
		...{ paramsStored: true, doubt: true, sends: 1 },
		...{ createdAt: NOW, firstSentAt: NOW, lastSentAt: NOW, expiresAt: NOW + 90 * DAY },
		...{ origin: {}, leaseUntil: NOW, holder: 'h' },
		...more,
	};
}

export function deletion(path: string): InFlightEntry {
	return unanswered(path, {}, { request: { method: 'DELETE', path, params: {} } });
}

/** A Stripe and a time that move together, beginning at NOW anew for each test. */
export class Desk {
	readonly time = new FakeTime(NOW);

	private constructor(readonly simulator: StripeSimulator) {}

	static async open(): Promise<Desk> {
		const clock = { now: () => NOW };
		const desk = new Desk(await StripeSimulator.start({ clock: { now: () => clock.now() } }));
		clock.now = () => desk.time.now();
		return desk;
	}

	stop(): Promise<void> {
		return this.simulator.stop();
	}

	/** Does in Stripe what the lost send did. */
	async create(path: string, params: Params, idempotencyKey = this.otherKey(), stripeAccount?: string) {
		const { outcome } = await pay(this.simulator.url, { path, params, idempotencyKey, stripeAccount });
		if (outcome.objectId === undefined) throw new Error(`not created: ${outcome.message ?? ''}`);
		return outcome.objectId;
	}

	/** Asks, and keeps what was asked; nothing may be changed by asking. */
	async finding(entry: Entry, more: Partial<Inquiry> = {}): Promise<Told> {
		const before = this.simulator.requests.length;
		const inquiry = { connection: at(this.simulator.url), timeoutMs: 10_000, time: this.time, ...more };
		const found = await reconcile(inquiry, asSent(entry, this.time.now()));
		const requests = this.simulator.requests.slice(before);
		expect(requests.filter(({ method }) => method !== 'GET')).toEqual([]);
		return { found, requests };
	}

	async kind(entry: Entry, more: Partial<Inquiry> = {}): Promise<Finding['kind']> {
		return (await this.finding(entry, more)).found.kind;
	}

	private otherKey(): string {
		return `key_${this.simulator.requests.length}`;
	}
}

interface Told {
	found: Finding;
	requests: RecordedRequest[];
}

/** Gives every test a desk of its own. */
export function desks() {
	const { keep, serve } = running();
	return { serve, open: async () => keep(await Desk.open()) };
}
