import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import type { IExecuteFunctions } from 'n8n-workflow';

import { parseToken } from '../../../ledger/rules/token';
import { keyProperties } from '../../shared/key/keyParameters';
import { readKeySource } from '../../shared/key/keySource';
import { parametersOf } from '../../shared/parameters/parametersOfRun';
import { ItemError } from '../../shared/run/error';

const tokenOption: INodePropertyOptions = {
	name: 'Token',
	value: 'token',
	description: 'A token of the Idempotency Registry, issued for exactly this payment',
};

/** The shared parameters of the key, with a token as an additional source. */
export const keyOrTokenProperties: INodeProperties[] = [
	...keyProperties.map((property): INodeProperties => {
		if (property.name !== 'keySource') return property;
		return {
			...property,
			options: [...((property.options ?? []) as INodePropertyOptions[]), tokenOption],
		};
	}),
	{
		displayName: 'Token',
		name: 'token',
		type: 'string',
		typeOptions: { password: true },
		default: '',
		required: true,
		placeholder: 'e.g. {{ $json.token }}',
		description:
			'The token that Reserve returned. It is valid for one payment, which can be repeated safely.',
		displayOptions: { show: { keySource: ['token'] } },
	},
];

/**
 * Reads the token of an item; undefined if its key comes from fields.
 *
 * @throws ItemError if it is not a token, or if a token is required and missing
 */
export function readItemToken(
	context: IExecuteFunctions,
	itemIndex: number,
	isRequired: boolean,
): { entryId: string; hash: string } | undefined {
	if (readKeySource(context, itemIndex) !== 'token') {
		if (!isRequired) return undefined;
		throw buildTokenError(
			'This node',
			'accepts only payments with a token, so nothing was sent',
			'token_required',
		);
	}
	const given = parametersOf(context).value('token', itemIndex, '');
	const token = typeof given === 'string' ? given.trim() : '';
	if (token === '') throw buildTokenError('Token', 'is empty, so nothing was sent', 'token_required');
	const read = parseToken(token);
	if (!read)
		throw buildTokenError('Token', 'is not a valid token of the Idempotency Registry', 'invalid_token');
	return read;
}

function buildTokenError(
	label: string,
	problem: string,
	reason: 'token_required' | 'invalid_token',
): ItemError {
	return new ItemError(
		label,
		problem,
		'Call Reserve of the Idempotency Registry for this payment first, and pass on the token exactly as returned. Do not make up a token.',
		'blocked',
		reason,
	);
}
