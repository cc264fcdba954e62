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

/** What came of all orders when those who were interrupted have been followed by others. */
export interface Aftermath {
	/** When all leases are over. */
	anHourLater: Ends;
	/** When Stripe has forgotten its keys: then the ledger alone protects. */
	aDayLater: Ends;
	/** Sends that were made again under the same key, because nobody knew whether they had taken effect. */
	sentAgain: number;
	/** Sends of the next day, when everything is known: there must be none. */
	sentNextDay: number;
	/** How many writes the ledger had acknowledged. */
	acknowledged: number;
	audit: LedgerAudit;
}

/** A Stripe and a ledger, on which several processes work. */
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
	 * Pays all orders again: when the leases are over, and a day later.
	 *
	 * @param seen how those who come later see the ledger: as it is, unless said otherwise
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
