import type { Entry } from '../../../ledger/model/entry';
import { entryOfKey } from '../../../ledger/identity/key';
import type { Clue } from '../../../ledger/queries/lookup';
import { lookUp, MOST_FOUND } from '../../../ledger/queries/lookup';
import type { Refused } from '../output/result';
import { refused } from '../output/result';
import { whatOf } from '../output/describeEntry';
import type { Item } from '../item';
import { FIND_BY } from './parameters';

/** What leads to the entry that the item names. @throws Refusal for a parameter that is empty */
function readClue({ read }: Item, inAnyCase: boolean): Clue {
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
				...{ kind: 'field', value: read.text('fieldValue'), name: read.optionalText('fieldName') },
				...(inAnyCase ? { inAnyCase } : {}),
			};
	}
}

/**
 * The entries that an item's clue leads to, or why there are none to be given.
 *
 * @param inAnyCase also what differs in capital letters only: for people who look, and change nothing
 */
export async function entriesOf(
	item: Item,
	{ inAnyCase = false } = {},
): Promise<readonly [Entry, ...Entry[]] | Refused> {
	const clue = readClue(item, inAnyCase);
	const answer = await lookUp(await item.store(), clue);
	switch (answer.kind) {
		case 'found':
			return answer.isMore ? tooMany() : answer.entries;
		case 'attempt_unknown':
			return attemptUnknown(answer.entry);
		case 'none':
			return notFound(clue);
	}
}

/** The one entry that the clue leads to: for what changes it, a clue that leads to several is none. */
export async function oneEntryOf(item: Item): Promise<Entry | Refused> {
	const found = await entriesOf(item);
	if ('kind' in found) return found;
	const [entry, ...others] = found;
	return others.length > 0 ? ambiguous(found) : entry;
}

function ambiguous(entries: readonly Entry[]): Refused {
	const listed = entries
		.slice(0, 5)
		.map(({ entryId, operation, state }) => `${entryId} (${operation}, ${state})`);
	const more = entries.length > listed.length ? ' …' : '';
	return refused({
		outcome: 'ambiguous',
		message: `This leads to ${entries.length} entries, and this is done with one at a time, so nothing was changed: ${listed.join(', ')}${more}`,
		nextStep: 'Choose Find By Entry ID, and give the ID of the one that is meant.',
	});
}

function tooMany(): Refused {
	return refused({
		outcome: 'too_many',
		message: `More than ${MOST_FOUND} entries have this`,
		nextStep:
			'Name the field too, or give a value that only one of them has. To list them all, use Get Many.',
	});
}

function attemptUnknown(entry: Entry): Refused {
	return refused({
		outcome: 'not_found',
		reason: 'attempt_unknown',
		message: `The ledger knows what this key belongs to (${whatOf(entry)}), but only ${entry.attempt === 1 ? 'its first attempt' : `its first ${entry.attempt} attempts`}, and the key is of a later one`,
		nextStep:
			"The ledger is probably an older copy. Search Stripe's logs for the key, and find out what was done under it, before anything is sent for it again.",
		entry,
	});
}

const OTHER_LEDGER =
	'Check that Ledger, with its file, table or prefix, is the one that it was done with. What is past its retention has been forgotten.';

/** Nothing leads there: what that may mean depends on what a person had in hand. */
export function notFound(clue: Clue): Refused {
	const [message, nextStep] = wordsOf(clue);
	return refused({ outcome: 'not_found', message, nextStep });
}

function wordsOf(clue: Clue): [message: string, nextStep: string] {
	switch (clue.kind) {
		case 'entryId':
			return [
				`The ledger has no entry ${clue.entryId}`,
				`An entry ID is 46 letters long and begins with v1_. ${OTHER_LEDGER}`,
			];
		case 'key':
			return entryOfKey(clue.key.trim()) === undefined
				? [
						`${clue.key} is no key of these nodes`,
						"Theirs begin with n8n_v1_. What was sent with another key is not in the ledger: search Stripe's logs for it.",
					]
				: [`The ledger has no entry for the key ${clue.key}`, OTHER_LEDGER];
		case 'object':
			return [
				`The ledger knows nothing of ${clue.objectId}`,
				`Look at its metadata in the Stripe dashboard. If n8n_entry stands there, these nodes have made it: find it by that Entry ID. If not, it was made outside of them, e.g. by hand or by another system, and has no entry. ${OTHER_LEDGER}`,
			];
		case 'field':
			return [
				`The ledger has no entry with ${clue.name === undefined ? 'a key field' : `the key field ${clue.name}`} that is ${clue.value}`,
				`Only fields that were chosen as Key Fields are kept, whole and as they stood in the item. To find a part of a value, use Get Many with the filter Text. ${OTHER_LEDGER}`,
			];
	}
}
