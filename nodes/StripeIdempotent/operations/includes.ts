import { markDescribing } from '../../shared/parameters/describing';
import { buildSwitchProperty } from '../../shared/parameters/typedFields';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import type { Includes, StripeOperation } from './operation';

/** Switches for what people often need of the objects that another one refers to. */
const SWITCHES = {
	includeCustomer: markDescribing(
		buildSwitchProperty(
			'Include Customer Details',
			'includeCustomer',
			'Whether to return the customer, with name and email, in place of the ID',
		),
	),
	includeFee: markDescribing(
		buildSwitchProperty(
			'Include Fee',
			'includeFee',
			"Whether to return the balance transaction, with Stripe's fee and what is left, in place of the ID",
		),
	),
	includeLineItems: markDescribing(
		buildSwitchProperty(
			'Include Line Items',
			'includeLineItems',
			'Whether to return what is sold. The first ten: Get Line Items reads all.',
		),
	),
};

/** The switches of a kind of object, with the reference that each of them expands. */
export type KindIncludes = Readonly<Partial<Record<keyof typeof SWITCHES, string>>>;

export function buildIncludeSwitches(includes: KindIncludes = {}) {
	return Object.values(SWITCHES).filter(({ name }) => name in includes);
}

/** Returns the references to expand. */
export function readIncludes(operation: StripeOperation, read: ParameterReader): string[] {
	const includes: Includes = ('includes' in operation ? operation.includes : undefined) ?? {};
	return Object.keys(includes).flatMap((name) => (read.flag(name) ? (includes[name] ?? []) : []));
}
