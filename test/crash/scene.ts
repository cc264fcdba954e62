import { Ledger } from '../../ledger/ledger';
import type { Store } from '../../ledger/store';
import { connect } from '../../stripe/api/connection';
import { StripeSimulator } from '../simulator/simulator';
import type { Ends } from './ends';
import { endsOf } from './ends';
import { pay } from './pay';
import type { Told } from './payer';
import type { Place } from './place';
import { storeAt } from './place';
import { clockOff } from './time';
import type { Verdict } from './verdict';
import { sentAgain, verdictOn } from './verdict';

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
	verdict: Verdict;
}

/** A Stripe and a ledger, on which several processes work. */
export class Scene {
	readonly store: ReturnType<typeof storeAt>;

	static async begin(place: Place, latencyMs: number): Promise<Scene> {
		const clock = { now: () => Date.now() };
		const stripe = await StripeSimulator.start({
			requestLatencyMs: latencyMs,
			clock: { now: () => clock.now() },
		});
		return new Scene(place, stripe, clock);
	}

	private constructor(
		readonly place: Place,
		readonly stripe: StripeSimulator,
		private readonly clock: { now: () => number },
	) {
		this.store = storeAt(place);
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
		told: readonly Told[],
		seen = (store: Store) => store,
	): Promise<Aftermath> {
		const { stripe, store } = this;
		const anHourLater = await this.payAll(orders, HOUR_MS, seen);
		const again = sentAgain(stripe);
		const aDayLater = await this.payAll(orders, 25 * HOUR_MS, seen);
		return {
			...{ anHourLater, aDayLater, acknowledged: told.length },
			...{ sentAgain: again, sentNextDay: sentAgain(stripe) - again },
			verdict: await verdictOn(orders, { stripe, store, told }),
		};
	}

	private async payAll(
		orders: readonly string[],
		laterMs: number,
		seen: (store: Store) => Store,
	): Promise<Ends> {
		const time = clockOff(laterMs);
		this.clock.now = () => time.now();
		const connection = connect({ secretKey: 'sk_test_crash', baseUrl: this.stripe.url });
		const ledger = new Ledger(seen(this.store), time);
		const ends: string[] = [];
		for (const order of orders)
			ends.push(await pay(order, { payer: 'later', ledger, time, connection, waitMs: 0 }));
		return endsOf(ends);
	}
}
