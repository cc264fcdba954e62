import type { Intent } from '../../../ledger/model/entry';
import type { KeyField } from '../../../ledger/identity/key';
import { deriveIdentity } from '../../../ledger/identity/key';
import { markOf } from '../../../ledger/identity/keySecret';
import type { Asked } from '../../../ledger/tokenRegistry';
import { withoutSecrets } from '../../../stripe/api/redact';
import { AFTER_REJECTION, afterRejection, afterRejectionProperty } from '../../shared/key/afterRejection';
import { keyPropertiesFor, readKeyFields } from '../../shared/key/keyParameters';
import { refuseVolatileKey } from '../../shared/key/unstableKey';
import { originOf } from '../../shared/run/origin';
import { refuseOwnErrorItem } from '../../shared/run/errorItemGuard';
import { text } from '../../shared/parameters/fields';
import { ACTS_ON_OBJECT, intentOperations } from '../../shared/stripe/intentOperations';
import type { Item } from '../item';
import { readPolicy } from './policy';
import { policyProperties } from './policyProperties';
import { DAY_MS, HOUR_MS, numberOf } from '../options';
import { answerOfReserve } from './results';
import { intentProperties } from './parameters';
import { scopeOf } from '../scopeOfItem';
import type { Operation } from '../operation';

export const reserve: Operation = {
	value: 'reserve',
	name: 'Reserve',
	action: 'Reserve a payment',
	description: 'Get a token for exactly one payment or refund, within limits',
	outputs: ['reserved', 'waiting', 'refused'],
	needsStripe: true,
	properties: [
		...intentProperties,
		// Rounded times name no payment for good (`lastingFields`).
		...keyPropertiesFor('Reserve Once Per', 'one token').filter(({ name }) => name !== 'timeZone'),
		...policyProperties,
	],
	options: [
		afterRejectionProperty,
		numberOf('approvalForDays', 'How long a person may take to approve'),
		numberOf(
			'retentionDays',
			'How long a reservation that ended unused, or was over a limit, is remembered',
		),
		text('Stripe Account', 'stripeAccount', {
			placeholder: 'e.g. acct_1032D82eZvKYlo2C',
			description: 'Connected account to act for, as in the node that pays',
		}),
		numberOf(
			'validForHours',
			'How long the token may be used for, from the approval on where one is needed',
		),
	],
	execute: async (item) => {
		refuseOwnErrorItem(item.run.context, item.index);
		// Before anything is asked of Stripe: what is not allowed needs no account.
		const policy = readPolicy(item.read, item.asTool);
		const intent = await readIntent(item);
		const { scope, keySecret, connection } = await scopeOf(item);
		await refuseVolatileKey(item.run.context, item.index, item.run.time);
		const fields = lastingFields(item, readKeyFields(item.run.context, item.index));
		const { entryId, fields: canonical } = deriveIdentity(scope, intent.operation, fields, keySecret);
		item.run.keyFields.push(...canonical);
		item.run.entryIds.push(entryId);
		const registry = await item.registry(connection.clock, keySecret);
		const { read, index } = item;
		const { context } = item.run;
		const asked: Asked = {
			...scope,
			...{ entryId, intent, policy, keySecret: markOf(scope, keySecret) },
			operation: intent.operation,
			fields: withoutSecrets(canonical),
			spender: { agent: read.text('agent'), session: read.optionalText('session') },
			validForMs: read.optionNumber('validForHours') * HOUR_MS,
			approvalForMs: read.optionNumber('approvalForDays') * DAY_MS,
			retentionMs: read.optionNumber('retentionDays') * DAY_MS,
			...afterRejection(context, read.optionChoice('afterRejection', AFTER_REJECTION)),
			origin: originOf(context, index),
		};
		return answerOfReserve(await registry.reserve(asked), asked);
	},
};

async function readIntent({ read }: Item): Promise<Intent> {
	const operation = read.choice('intentOperation', intentOperations);
	const amount = Number(await read.amount());
	if (!Number.isSafeInteger(amount)) {
		throw read.refuse('amount', 'has too many digits', 'Stripe takes no such amount.');
	}
	const object = ACTS_ON_OBJECT.includes(operation) ? read.id('object') : undefined;
	const customer = read.optionalId('customer');
	return {
		...{ operation, amount, isMaximum: read.flag('amountIsMaximum'), currency: read.currency() },
		...(customer === undefined ? {} : { customer }),
		...(object === undefined ? {} : { object }),
		purpose: oneLine(read.words('purpose')),
	};
}

/** Signs that turn the order of letters around, so that a text reads otherwise than it is. */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/g;
const LONGEST_PURPOSE = 500;

/** A model writes it and a person decides by it: it must not look like more than one sentence of the model's. */
function oneLine(words: string): string {
	const plainWords = words.replace(TURNING, '').replace(/\s+/g, ' ').trim();
	return plainWords.length > LONGEST_PURPOSE ? `${plainWords.slice(0, LONGEST_PURPOSE)}…` : plainWords;
}

/** A rounded time falls into two parts at the turn of a minute: there one intent would get two tokens. */
function lastingFields({ read }: Item, fields: KeyField[]): KeyField[] {
	const rounded = fields.find(({ treatAs }) => treatAs !== 'text' && treatAs !== 'number');
	if (!rounded) return fields;
	throw read.refuse(
		'keyFields',
		`treats "${rounded.name}" as a time, which names no payment for good`,
		'Choose a field that stays the same however often it is asked for, e.g. the order number.',
	);
}
