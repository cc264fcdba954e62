import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { ClaimRequest } from '../../../ledger/rules/claimRequest';
import { isCalledByModel } from '../run/calledByModel';

/** The values of the option After Rejection. The first one is the default. */
export const AFTER_REJECTION = ['automatic', 'returnStored', 'newAttempt'] as const;

export const afterRejectionProperty: INodeProperties = {
	displayName: 'After Rejection',
	name: 'afterRejection',
	type: 'options',
	options: [
		{
			name: 'Automatic',
			value: 'automatic',
			description:
				'A manual run or n8n Retry starts a new attempt. Automatic runs return the stored rejection.',
		},
		{
			name: 'New Attempt',
			value: 'newAttempt',
			description: 'Every later run tries again with a new key',
		},
		{
			name: 'Return Stored Rejection',
			value: 'returnStored',
			description: 'The same request is never tried again',
		},
	],
	default: 'automatic',
	description: 'What to do if the same request was declined or rejected before',
};

/** A person who presses Retry, or runs the node manually, decides again. An automation that runs again does not. */
export function resolveAfterRejection(
	context: IExecuteFunctions,
	chosen: (typeof AFTER_REJECTION)[number],
): Pick<ClaimRequest, 'afterRejection' | 'byPerson'> {
	// A model that calls its tool again is not a person who decided again, even if a person tests the agent manually.
	const byPerson = !isCalledByModel(context) && ['manual', 'retry'].includes(context.getMode());
	const automatic = byPerson ? 'newAttempt' : 'returnStored';
	return { byPerson, afterRejection: chosen === 'automatic' ? automatic : chosen };
}
