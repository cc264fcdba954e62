import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { buildPicker } from '../../shared/parameters/picker';
import type { WriteOperation } from './operation';

const pathOf = (read: ParameterReader) => `/v1/payouts/${read.id('payout')}`;

/** On its way to the bank, or there. */
const GONE_OUT: readonly unknown[] = ['in_transit', 'paid'];

/** Takes a payout back, whatever its state. What the state requires is frozen with the claim. */
export const cancelOrReverse: WriteOperation = {
	kind: 'write',
	class: 'terminal',
	value: 'cancelOrReverse',
	name: 'Cancel or Reverse',
	action: 'Cancel or reverse a payout',
	description:
		'Take a payout back: one that is pending is canceled, one that has gone out is reversed, which needs a bank in the US or Canada',
	path: (read) => `${pathOf(read)}/cancel`,
	target: (read) => read.id('payout'),
	reads: pathOf,
	sentPath: ({ status }, path) => (GONE_OUT.includes(status) ? path.replace(/cancel$/, 'reverse') : path),
	properties: [buildPicker('payout')],
};
