import type { INodeProperties, INodePropertyCollection } from 'n8n-workflow';

import type { Intent } from '../../../ledger/model/entry';
import type { KeyField, TreatAs } from '../../../ledger/identity/key';
import { deriveIdentity } from '../../../ledger/identity/key';
import { toKeySecretMark } from '../../../ledger/identity/keySecret';
import type { ReserveInput } from '../../../ledger/tokenRegistry';
import { redactSecrets } from '../../../stripe/api/redact';
import {
	AFTER_REJECTION,
	resolveAfterRejection,
	afterRejectionProperty,
} from '../../shared/key/afterRejection';
import { buildKeyProperties, readKeyFields } from '../../shared/key/keyParameters';
import { TREAT_AS } from '../../shared/key/treatAs';
import { refuseUnstableKey } from '../../shared/key/unstableKey';
import { readOrigin } from '../../shared/run/origin';
import { refuseOwnErrorItem } from '../../shared/run/ownItemGuard';
import { buildTextProperty } from '../../shared/parameters/fields';
import { ACTS_ON_OBJECT, intentOperations } from '../../../payments/intentOperations';
import type { RegistryItem } from '../item';
import { readPolicy } from './policy';
import { policyProperties, intentProperties } from './parameters';
import { buildRegistryNumberOption } from '../options';
import { toReserveResult } from './results';
import { resolveScope } from '../scopeOfItem';
import type { RegistryOperation } from '../operation';
import { DAY_MS, HOUR_MS } from '../../../ledger/clock';

export const reserveOperation: RegistryOperation = {
	value: 'reserve',
	name: 'Reserve',
	action: 'Reserve a payment',
	description: 'Issue a token for exactly one payment or refund, within limits',
	outputs: ['reserved', 'waiting', 'refused'],
	letsThrough: true,
	needsStripe: true,
	properties: [
		...buildKeyProperties('Reserve Once Per', 'one token').flatMap(omitRoundedTimes),
		...intentProperties,
		...policyProperties,
	],
	options: [
		afterRejectionProperty,
		buildRegistryNumberOption('approvalForDays', 'How long a person has to approve'),
		buildRegistryNumberOption('retentionDays', 'How long unused and refused reservations are kept'),
		buildTextProperty('Stripe Account', 'stripeAccount', {
			placeholder: 'e.g. acct_1032D82eZvKYlo2C',
			description: 'Connected account to act for, the same as in the node that pays',
		}),
		buildRegistryNumberOption(
			'validForHours',
			'How long the token is valid, counted from the approval if one is needed',
		),
	],
	execute: async (item) => {
		refuseOwnErrorItem(item.run.context, item.index);
		// The policy is checked before anything is read from Stripe, because a refusal needs no account.
		const policy = readPolicy(item.read, item.isTool);
		const intent = readIntent(item);
		const { scope, keySecret, connection } = await resolveScope(item);
		await refuseUnstableKey(item.run.context, item.index, item.run.time);
		const fields = refuseRoundedTimes(item, readKeyFields(item.run.context, item.index));
		const { entryId, fields: canonical } = deriveIdentity(scope, intent.operation, fields, keySecret);
		item.run.keyFields.push(...canonical);
		item.run.entryIds.push(entryId);
		const registry = await item.openTokenRegistry(connection.clock, keySecret);
		const { read, index } = item;
		const { context } = item.run;
		const request: ReserveInput = {
			...scope,
			entryId,
			intent,
			policy,
			keySecret: toKeySecretMark(scope, keySecret),
			operation: intent.operation,
			fields: redactSecrets(canonical),
			spender: { agent: read.identifier('agent'), session: read.optionalIdentifier('session') },
			validForMs: read.optionNumber('validForHours') * HOUR_MS,
			approvalForMs: read.optionNumber('approvalForDays') * DAY_MS,
			retentionMs: read.optionNumber('retentionDays') * DAY_MS,
			...resolveAfterRejection(context, read.optionChoice('afterRejection', AFTER_REJECTION)),
			origin: readOrigin(context, index),
		};
		return toReserveResult(await registry.reserve(request), request);
	},
};

function readIntent({ read }: RegistryItem): Intent {
	const operation = read.choice('intentOperation', intentOperations);
	const amount = Number(read.amount());
	if (!Number.isSafeInteger(amount)) {
		throw read.buildError('amount', 'has too many digits', 'Stripe does not accept such an amount.');
	}
	const object = ACTS_ON_OBJECT.includes(operation) ? read.id('object') : undefined;
	const customer = read.optionalId('customer');
	return {
		operation,
		amount,
		isMaximum: read.flag('amountIsMaximum'),
		currency: read.currency(),
		...(customer === undefined ? {} : { customer }),
		...(object === undefined ? {} : { object }),
		purpose: toOneLine(read.prose('purpose')),
	};
}

/** Characters that change the direction of text, so that it reads differently. */
const BIDI_CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;
const MAX_PURPOSE_LENGTH = 500;

/** A model writes the purpose, and a person decides by it: it must be a single line. */
function toOneLine(purpose: string): string {
	const plainWords = purpose.replace(BIDI_CONTROLS, '').replace(/\s+/g, ' ').trim();
	return plainWords.length > MAX_PURPOSE_LENGTH
		? `${plainWords.slice(0, MAX_PURPOSE_LENGTH)}…`
		: plainWords;
}

/** Rounded times are not offered, because they are refused. */
function omitRoundedTimes(property: INodeProperties): INodeProperties[] {
	if (property.name === 'timeZone') return [];
	if (property.name !== 'keyFields') return [property];
	const options = (property.options as INodePropertyCollection[]).map((group) => ({
		...group,
		values: group.values.map((field) =>
			field.name === 'treatAs'
				? { ...field, options: TREAT_AS.filter(({ value }) => isLasting(value)) }
				: field,
		),
	}));
	return [{ ...property, options }];
}

function isLasting(treatAs: TreatAs): boolean {
	return treatAs === 'text' || treatAs === 'number';
}

/** A rounded time falls into two buckets at the turn of a minute, so one intent would get two tokens. */
function refuseRoundedTimes({ read }: RegistryItem, fields: KeyField[]): KeyField[] {
	const rounded = fields.find(({ treatAs }) => !isLasting(treatAs));
	if (!rounded) return fields;
	throw read.buildError(
		'keyFields',
		`treats "${rounded.name}" as a time, which does not identify a payment permanently`,
		'Choose a field that never changes for this payment, e.g. the order number.',
	);
}
