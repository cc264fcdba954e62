const MAJOR_UNIT = ' (major unit, Currency empty)';

/**
 * An amount in the major unit of a currency that is still to be read: as it was written, in a form that Stripe takes for no
 * amount, should it ever be sent. What stands in an entry is compared in it, so that a repeat has nothing to read.
 *
 * @param written as `19.99`
 */
export function toMajorAmount(written: string): string {
	return `${written}${MAJOR_UNIT}`;
}

/** The number in a `toMajorAmount`; undefined for any other parameter. */
export function parseMajorAmount(param: unknown): string | undefined {
	return typeof param === 'string' && param.endsWith(MAJOR_UNIT)
		? param.slice(0, -MAJOR_UNIT.length)
		: undefined;
}
