import type { INodeProperties } from 'n8n-workflow';
import type Stripe from 'stripe';

import { toWireText } from '../../../ledger/model/canonicalText';
import type { Params } from '../../../ledger/model/request';
import type { CustomerMatch } from '../../../payments/matchingCustomers';
import { findMatchingCustomers, toOnlyOneCustomer } from '../../../payments/matchingCustomers';
import { buildAdditionalFields, buildTextProperty } from '../../shared/parameters/fields';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import { isRecord, mergeValues } from '../../shared/parameters/values';
import { customerFields } from './customerFields';
import type { ObjectLookUp, WriteOperation } from './operation';

const customersPath = '/v1/customers';

/**
 * Finds a customer by the chosen value and updates them, or creates one if there is none. The result of the look-up is frozen
 * with the claim. An entry that creates a customer holds a lock on the value until it is resolved.
 */
export const upsertCustomer: WriteOperation = {
	kind: 'write',
	class: 'repeatable',
	value: 'upsert',
	name: 'Create or Update',
	action: 'Create or update a customer',
	description: 'Create a new record, or update the current one if it already exists (upsert)',
	path: () => customersPath,
	target: toTarget,
	params: (read) => {
		const match = readMatch(read);
		const matched =
			match.by === 'email' ? { email: match.value } : { metadata: { [match.key]: match.value } };
		return mergeValues(checkParamNames<Stripe.CustomerCreateParams>(matched), read.additionalFields());
	},
	check: refuseOtherMatch,
	reads: (read) => lookUpBy(read, readMatch(read)),
	sentPath: ({ id }) => (typeof id === 'string' ? `${customersPath}/${encodeURIComponent(id)}` : undefined),
	onlyOne: (read) => toOnlyOneCustomer(readMatch(read)),
	properties: [
		{
			displayName: 'Match By',
			name: 'matchBy',
			type: 'options',
			options: [
				{ name: 'Email', value: 'email' },
				{ name: 'Metadata', value: 'metadata' },
			],
			default: 'email',
			description:
				'How the customer is recognized. Choose key fields that differ from one change to the next, e.g. when the row was changed.',
		},
		buildTextProperty('Email', 'matchEmail', {
			required: true,
			placeholder: 'e.g. name@email.com',
			description: 'Must match exactly, including upper and lower case',
			displayOptions: { show: { matchBy: ['email'] } },
		}),
		showForMetadata('Metadata Key', 'matchKey', 'e.g. customer_number'),
		showForMetadata('Metadata Value', 'matchValue', 'e.g. 1001'),
		buildAdditionalFields<Stripe.CustomerUpdateParams>(customerFields),
	],
};

function showForMetadata(displayName: string, name: string, placeholder: string): INodeProperties {
	return buildTextProperty(displayName, name, {
		required: true,
		placeholder,
		displayOptions: { show: { matchBy: ['metadata'] } },
	});
}

/** Reads the value as it is sent, so that it can be compared with Stripe's data. */
function readMatch(read: ParameterReader): CustomerMatch {
	const text = (name: string) => toWireText(read.text(name));
	return read.choice('matchBy', ['email', 'metadata']) === 'email'
		? { by: 'email', value: text('matchEmail') }
		: { by: 'metadata', key: text('matchKey'), value: text('matchValue') };
}

/** Part of the key: identifies the customer before they have an ID. */
function toTarget(read: ParameterReader): string {
	const { owner, values } = toOnlyOneCustomer(readMatch(read));
	return [owner, ...values].map(encodeURIComponent).join(':');
}

/** @throws ItemError if several customers match, because only a person knows which one is meant */
function lookUpBy(read: ParameterReader, match: CustomerMatch): ObjectLookUp {
	return async (get, now) => {
		const [first, ...others] = await findMatchingCustomers(toOnlyOneCustomer(match), get, now);
		if (others.length === 0) return first ?? {};
		const ids = [first, ...others].map((customer) => String(customer?.id));
		throw read.buildError(
			match.by === 'email' ? 'matchEmail' : 'matchValue',
			`matches ${ids.length} customers: ${ids.slice(0, MAX_NAMED).join(', ')}`,
			'Update the one that is meant with Customer → Update, or keep only one of them in Stripe.',
		);
	};
}

const MAX_NAMED = 10;

/**
 * The update must keep the value by which the customer is found, otherwise the next run would not find them.
 *
 * @throws ItemError
 */
function refuseOtherMatch(read: ParameterReader, { email, metadata }: Params): void {
	const match = readMatch(read);
	const label = match.by === 'email' ? 'matchEmail' : 'matchValue';
	const sent = match.by === 'email' ? email : isRecord(metadata) ? metadata[match.key] : undefined;
	if (sent === match.value) return;
	throw read.buildError(
		label,
		'is not what Additional Fields would set',
		'Leave it out of Additional Fields, or change it with Customer → Update.',
	);
}
