import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { buildChoiceProperty } from '../../shared/parameters/typedFields';

/** How often a price is billed. */

export const INTERVALS = { Daily: 'day', Monthly: 'month', Weekly: 'week', Yearly: 'year' };

const PERIODS = { ...INTERVALS, 'One Time': 'once' };

export const billingPeriod = buildChoiceProperty('Billing Period', 'billingPeriod', PERIODS, {
	default: 'once',
});

export function readRecurring(read: ParameterReader): { interval: string } | undefined {
	const period = read.choice('billingPeriod', Object.values(PERIODS));
	return period === 'once' ? undefined : { interval: period };
}
