import { invalid, noSuch } from '../../errors';
import type { ParamMap } from '../../form';
import type { Price } from '../../objects';
import * as given from '../../parameters';
import type { StripeState } from '../../world';

/** Reads a price that a request names or defines inline. @param param the parameter that names it */
export function readPrice(state: StripeState, params: ParamMap, param: string): Price | undefined {
	const id = given.readText(params, 'price');
	const data = given.readHash(params, 'price_data');
	if (id !== undefined && data !== undefined) {
		throw invalid(param, 'You may only specify one of these parameters: price, price_data.');
	}
	if (data !== undefined) return toPrice(state, { ...data, id: state.newId('price') });
	if (id === undefined) return undefined;
	const price = state.other('prices').find(id);
	if (price === undefined) throw noSuch('price', id, `${param}[price]`, 400);
	if (String(price.active) === 'false') {
		throw invalid(
			`${param}[price]`,
			'The price specified is inactive. This field only accepts active prices.',
		);
	}
	return toPrice(state, price);
}

/** Converts a stored price to the fields that billing uses, whichever endpoint stored it. */
function toPrice(state: StripeState, shown: Record<string, unknown>): Price {
	const recurring = shown.recurring as Record<string, unknown> | null | undefined;
	return {
		...shown,
		id: toText(shown.id),
		object: 'price',
		active: true,
		created: state.seconds(),
		currency: toText(shown.currency).toLowerCase() || 'usd',
		product: toText(shown.product),
		unit_amount: Number(shown.unit_amount ?? 0),
		recurring: recurring
			? {
					interval: toText(recurring.interval) || 'month',
					interval_count: Number(recurring.interval_count ?? 1),
				}
			: null,
		type: recurring ? 'recurring' : 'one_time',
	};
}

function toText(value: unknown): string {
	return typeof value === 'string' ? value : '';
}

const DAYS = new Map([
	['day', 1],
	['week', 7],
]);

/** The end of a period that starts at `start`; both in seconds. */
export function endOfPeriod(start: number, price: Price): number {
	const { interval, interval_count: count } = price.recurring ?? { interval: 'month', interval_count: 1 };
	const days = DAYS.get(interval);
	if (days !== undefined) return start + days * count * 86_400;
	const date = new Date(start * 1000);
	date.setUTCMonth(date.getUTCMonth() + count * (interval === 'year' ? 12 : 1));
	return Math.floor(date.getTime() / 1000);
}
