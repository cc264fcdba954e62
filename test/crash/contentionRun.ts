import { Ledger } from '../../ledger/ledger';
import type { Store } from '../../ledger/store';
import { connect } from '../../stripe/api/connection';
import { StripeSimulator } from '../simulator/simulator';
import type { Ends } from './ends';
import { countEnds } from './ends';
import { payOrder } from './pay';
import type { Acknowledgement } from './paymentProcess';
import type { LedgerLocation } from './ledgerLocation';
import { openStore } from './ledgerLocation';
import { skewClock } from './skewedClock';
import type { LedgerAudit } from './audit';
import { countResends, auditLedger } from './audit';

const HOUR_MS = 3_600_000;

/** The ends of all orders after other workers have followed the interrupted ones. */
export interface Aftermath {
	/** When all leases are over. */
	anHourLater: Ends;
	/** When Stripe has forgotten its keys, and only the ledger protects. */
	aDayLater: Ends;
	/** Repeated sends under the same key, made because the outcome of the earlier send was unknown. */
	sentAgain: number;
	/** Sends on the next day, when all outcomes are known. There must be none. */
	sentNextDay: number;
	/** The number of writes that the ledger had acknowledged. */
	acknowledged: number;
	audit: LedgerAudit;
}

/** A Stripe simulator and a ledger that several processes use. */
export class ContentionRun {
	readonly store: ReturnType<typeof openStore>;

	static async begin(location: LedgerLocation, latencyMs: number): Promise<ContentionRun> {
		const clock = { now: () => Date.now() };
		const stripe = await StripeSimulator.start({
			requestLatencyMs: latencyMs,
			clock: { now: () => clock.now() },
		});
		return new ContentionRun(location, stripe, clock);
	}

	private constructor(
		readonly location: LedgerLocation,
		readonly stripe: StripeSimulator,
		private readonly clock: { now: () => number },
	) {
		this.store = openStore(location);
	}

	async end(): Promise<void> {
		await this.stripe.stop();
		await this.store.close();
	}

	/**
	 * Pays all orders again: once when the leases are over, and once a day later.
	 *
	 * @param seen wraps the ledger for these later runs; unchanged by default
	 */
	async aftermath(
		orders: readonly string[],
		acknowledgements: readonly Acknowledgement[],
		seen = (store: Store) => store,
	): Promise<Aftermath> {
		const { stripe, store } = this;
		const anHourLater = await this.payAll(orders, HOUR_MS, seen);
		const again = countResends(stripe);
		const aDayLater = await this.payAll(orders, 25 * HOUR_MS, seen);
		return {
			anHourLater,
			aDayLater,
			acknowledged: acknowledgements.length,
			sentAgain: again,
			sentNextDay: countResends(stripe) - again,
			audit: await auditLedger(orders, { stripe, store, acknowledgements }),
		};
	}

	private async payAll(
		orders: readonly string[],
		laterMs: number,
		seen: (store: Store) => Store,
	): Promise<Ends> {
		const time = skewClock(laterMs);
		this.clock.now = () => time.now();
		const connection = connect({ secretKey: 'sk_test_crash', baseUrl: this.stripe.url }, time);
		const ledger = new Ledger(seen(this.store), connection.clock);
		const ends: string[] = [];
		for (const order of orders)
			ends.push(await payOrder(order, { worker: 'later', ledger, connection, waitMs: 0 }));
		return countEnds(ends);
	}
}
