import type { Entry } from '../../../ledger/model/entry';
import { entryOfKey } from '../../../ledger/identity/key';
import type { EntryLookup } from '../../../ledger/queries/lookup';
import { MAX_RESULTS } from '../../../ledger/queries/lookup';
import type { RefusedResult } from '../output/result';
import { refuse, describeEntry } from '../output/result';
import type { RegistryItem } from '../item';
import { limitEntriesToCustomer } from './onlyCustomer';
import { FIND_BY } from './parameters';

/**
 * Reads how to find the entry.
 *
 * @throws ItemError for an empty parameter
 */
function readLookup({ read }: RegistryItem, inAnyCase: boolean): EntryLookup {
	const findBy = read.choice('findBy', FIND_BY);
	switch (findBy) {
		case 'entryId':
			return { kind: 'entryId', entryId: read.text('entry') };
		case 'key':
			return { kind: 'key', key: read.text('idempotencyKey') };
		case 'object':
			return { kind: 'object', objectId: read.text('stripeObject') };
		case 'field':
			return {
				kind: 'field',
				value: read.text('fieldValue'),
				name: read.optionalText('fieldName'),
				...(inAnyCase ? { inAnyCase } : {}),
			};
	}
}

/**
 * Finds the entries of an item, or says why there are none.
 *
 * @param inAnyCase whether to ignore upper and lower case, for people who only read
 */
export async function findEntriesOfItem(
	item: RegistryItem,
	{ inAnyCase = false } = {},
): Promise<readonly [Entry, ...Entry[]] | RefusedResult> {
	const lookup = readLookup(item, inAnyCase);
	const answer = await (await item.openLedger()).queries.lookUp(lookup);
	switch (answer.kind) {
		case 'found': {
			const [first, ...others] = limitEntriesToCustomer(item, answer.entries);
			if (!first) return refuseNotFound(lookup);
			return answer.isMore ? refuseTooMany() : [first, ...others];
		}
		case 'attempt_unknown':
			return limitEntriesToCustomer(item, [answer.entry]).length > 0
				? refuseUnknownAttempt(answer.entry)
				: refuseNotFound(lookup);
		case 'none':
			return refuseNotFound(lookup);
	}
}

/** Finds the single entry that an operation changes. Several matches are refused. */
export async function findSingleEntry(item: RegistryItem): Promise<Entry | RefusedResult> {
	const found = await findEntriesOfItem(item);
	if ('kind' in found) return found;
	const [entry, ...others] = found;
	return others.length > 0 ? refuseAmbiguous(found) : entry;
}

function refuseAmbiguous(entries: readonly Entry[]): RefusedResult {
	const listed = entries
		.slice(0, 5)
		.map(({ entryId, operation, state }) => `${entryId} (${operation}, ${state})`);
	const more = entries.length > listed.length ? ' …' : '';
	return refuse({
		outcome: 'ambiguous',
		message: `This matches ${entries.length} entries, but the operation takes one at a time, so nothing was changed: ${listed.join(', ')}${more}`,
		nextStep: 'Set Find By to Entry ID, and enter the ID of the one you mean.',
	});
}

function refuseTooMany(): RefusedResult {
	return refuse({
		outcome: 'too_many',
		message: `More than ${MAX_RESULTS} entries have this`,
		nextStep:
			'Enter the field name too, or a value that only one of them has. To list them all, use Get Many.',
	});
}

function refuseUnknownAttempt(entry: Entry): RefusedResult {
	return refuse({
		outcome: 'not_found',
		reason: 'attempt_unknown',
		message: `The ledger has the entry of this key (${describeEntry(entry)}), but only ${entry.attempt === 1 ? 'its first attempt' : `its first ${entry.attempt} attempts`}, and the key belongs to a later attempt`,
		nextStep:
			"The ledger is probably an older copy. Search Stripe's logs for the key and check its outcome before sending anything for it again.",
		entry,
	});
}

const OTHER_LEDGER =
	'Check that Ledger, with its file, table or prefix, is the one that was used. Entries past their retention are deleted.';

/** Explains that nothing was found, depending on what the person searched for. */
export function refuseNotFound(lookup: EntryLookup): RefusedResult {
	const [message, nextStep] = describeNotFound(lookup);
	return refuse({ outcome: 'not_found', message, nextStep });
}

function describeNotFound(lookup: EntryLookup): [message: string, nextStep: string] {
	switch (lookup.kind) {
		case 'entryId':
			return [
				`The ledger has no entry ${lookup.entryId}`,
				`An entry ID is 46 letters long and begins with v1_. ${OTHER_LEDGER}`,
			];
		case 'key':
			return entryOfKey(lookup.key.trim()) === undefined
				? [
						`${lookup.key} is not a key of these nodes`,
						"Keys of these nodes begin with n8n_v1_. Requests with other keys are not in the ledger: search Stripe's logs for it.",
					]
				: [`The ledger has no entry for the key ${lookup.key}`, OTHER_LEDGER];
		case 'object':
			return [
				`The ledger has no entry for ${lookup.objectId}`,
				`Look at its metadata in the Stripe dashboard. If it contains n8n_entry, these nodes created it: find it by that Entry ID. If not, it was created elsewhere, e.g. manually or by another system, and has no entry. ${OTHER_LEDGER}`,
			];
		case 'field':
			return [
				`The ledger has no entry with ${lookup.name === undefined ? 'a key field' : `the key field ${lookup.name}`} that is ${lookup.value}`,
				`Only Key Fields are stored, complete and as they were in the item. To find part of a value, use Get Many with the filter Text. ${OTHER_LEDGER}`,
			];
	}
}
