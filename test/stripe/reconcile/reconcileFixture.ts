import type { Entry, InFlightEntry } from '../../../ledger/model/entry';
import type { Params } from '../../../ledger/model/request';
import type { Finding } from '../../../stripe/reconcile/finding';
import type { QueryContext } from '../../../stripe/reconcile/stripeQueries';
import { ENTRY_METADATA, toEntryMetadata } from '../../../stripe/objects/metadata';
import { reconcileWithStripe } from '../../../stripe/reconcile/reconcile';
import { NOT_EXECUTED_AFTER_MS } from '../../../ledger/rules/uncertainty';
import { toSentEntry } from '../../../payments/attemptRequest';
import { FakeClock } from '../../ledger/fakeClock';
import { DAY, HOUR } from '../../ledger/requests';
import type { RecordedRequest } from '../../simulator/simulator';
import { StripeSimulator } from '../../simulator/simulator';
import { useStoppables } from '../api/stopAfterEach';
import { connectTo, sendPayment } from '../api/sending';

export const NOW = Date.UTC(2026, 0, 15, 12);
export const ENTRY = 'v1_the_entry';
export const KEY = `n8n_${ENTRY}`;
export const ENTRY_MARK = { [ENTRY_METADATA]: ENTRY };
export const PAYMENTS = '/v1/payment_intents';

/** Longer than anything that Stripe may still do about a send of NOW. */
export const AFTER_FINALITY_MS = NOT_EXECUTED_AFTER_MS.failed + HOUR;

/** An entry whose send at NOW left no answer. */
export function buildUnansweredEntry(
	path: string,
	params: Params = {},
	more: Partial<InFlightEntry> = {},
): InFlightEntry {
	return {
		state: 'in_flight',
		entryId: ENTRY,
		version: 2,
		operation: 'test',
		fields: [],
		attempt: 1,
		mode: 'test',
		account: 'acct_simulator',
		key: KEY,
		fingerprint: 'f',
		fence: 2,
		request: { method: 'POST', path, params, added: toEntryMetadata(path, params, ENTRY) },
		paramsStored: true,
		mayHaveExecuted: true,
		sends: 1,
		createdAt: NOW,
		firstSentAt: NOW,
		lastSentAt: NOW,
		expiresAt: NOW + 90 * DAY,
		origin: {},
		leaseUntil: NOW,
		claimId: 'h',
		...more,
	};
}

export function buildDeletion(path: string, params: Params = {}): InFlightEntry {
	return buildUnansweredEntry(path, {}, { request: { method: 'DELETE', path, params } });
}

/** A Stripe and a time that move together, beginning at NOW anew for each test. */
export class ReconcileFixture {
	readonly time = new FakeClock(NOW);

	private constructor(readonly simulator: StripeSimulator) {}

	static async open(): Promise<ReconcileFixture> {
		const clock = { now: () => NOW };
		const registry = new ReconcileFixture(
			await StripeSimulator.start({ clock: { now: () => clock.now() } }),
		);
		clock.now = () => registry.time.now();
		return registry;
	}

	stop(): Promise<void> {
		return this.simulator.stop();
	}

	/** Does in Stripe what the lost send did. */
	async create(path: string, params: Params, idempotencyKey = this.otherKey(), stripeAccount?: string) {
		const { outcome } = await sendPayment(this.simulator.url, {
			path,
			params,
			idempotencyKey,
			stripeAccount,
		});
		if (outcome.objectId === undefined) throw new Error(`not created: ${outcome.message ?? ''}`);
		return outcome.objectId;
	}

	/** Asks, and keeps what was asked; nothing may be changed by asking. */
	async reconcile(entry: Entry, more: Partial<QueryContext> = {}): Promise<Reconciled> {
		const before = this.simulator.requests.length;
		const inquiry = {
			connection: connectTo(this.simulator.url),
			timeoutMs: 10_000,
			time: this.time,
			...more,
		};
		const found = await reconcileWithStripe(inquiry, toSentEntry(entry, this.time.now()));
		const requests = this.simulator.requests.slice(before);
		expect(requests.filter(({ method }) => method !== 'GET')).toEqual([]);
		return { finding: found, requests };
	}

	async reconcileKind(entry: Entry, more: Partial<QueryContext> = {}): Promise<Finding['kind']> {
		return (await this.reconcile(entry, more)).finding.kind;
	}

	private otherKey(): string {
		return `key_${this.simulator.requests.length}`;
	}
}

interface Reconciled {
	finding: Finding;
	requests: RecordedRequest[];
}

/** Gives every test a desk of its own. */
export function useReconcileFixtures() {
	const { keep, serve } = useStoppables();
	return { serve, open: async () => keep(await ReconcileFixture.open()) };
}
