import type { INodeProperties } from 'n8n-workflow';
import type Stripe from 'stripe';

import type { Param, Params } from '../../../ledger/model/request';
import {
	buildAdditionalFields,
	buildListProperties,
	buildTextProperty,
	metadata,
	otherParameters,
} from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import { sortByLabel } from '../../shared/parameters/resourceProperties';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import type { ApiField } from '../../shared/parameters/stripeParams';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import type { StripeResource } from './operation';

const disputesPath = '/v1/disputes';

/** The maximum length of all fields together (docs.stripe.com/api/disputes/update). */
const MAX_EVIDENCE_LENGTH = 150_000;

type Evidence = ApiField<Stripe.DisputeUpdateParams.Evidence>;

/** Evidence that is entered as text. */
const TEXTS: Evidence[] = [
	buildTextProperty('Access Activity Log', 'accessActivityLog'),
	buildTextProperty('Billing Address', 'billingAddress'),
	buildTextProperty('Cancellation Policy Disclosure', 'cancellationPolicyDisclosure'),
	buildTextProperty('Cancellation Rebuttal', 'cancellationRebuttal'),
	buildTextProperty('Customer Email Address', 'customerEmailAddress'),
	buildTextProperty('Customer Name', 'customerName'),
	buildTextProperty('Customer Purchase IP', 'customerPurchaseIp'),
	buildTextProperty('Duplicate Charge Explanation', 'duplicateChargeExplanation'),
	buildTextProperty('Duplicate Charge ID', 'duplicateChargeId'),
	buildTextProperty('Product Description', 'productDescription'),
	buildTextProperty('Refund Policy Disclosure', 'refundPolicyDisclosure'),
	buildTextProperty('Refund Refusal Explanation', 'refundRefusalExplanation'),
	buildTextProperty('Service Date', 'serviceDate'),
	buildTextProperty('Shipping Address', 'shippingAddress'),
	buildTextProperty('Shipping Carrier', 'shippingCarrier'),
	buildTextProperty('Shipping Date', 'shippingDate'),
	buildTextProperty('Shipping Tracking Number', 'shippingTrackingNumber'),
	buildTextProperty('Uncategorized Text', 'uncategorizedText'),
];

const A_FILE = { placeholder: 'e.g. file_1Nispe2eZvKYlo2C', description: 'ID of a file in Stripe' };

/** Evidence that was uploaded to Stripe before, as file IDs. */
const FILES: Evidence[] = [
	buildTextProperty('Cancellation Policy (File)', 'cancellationPolicy', A_FILE),
	buildTextProperty('Customer Communication (File)', 'customerCommunication', A_FILE),
	buildTextProperty('Customer Signature (File)', 'customerSignature', A_FILE),
	buildTextProperty('Duplicate Charge Documentation (File)', 'duplicateChargeDocumentation', A_FILE),
	buildTextProperty('Receipt (File)', 'receipt', A_FILE),
	buildTextProperty('Refund Policy (File)', 'refundPolicy', A_FILE),
	buildTextProperty('Service Documentation (File)', 'serviceDocumentation', A_FILE),
	buildTextProperty('Shipping Documentation (File)', 'shippingDocumentation', A_FILE),
	buildTextProperty('Uncategorized File', 'uncategorizedFile', A_FILE),
];

const evidence: INodeProperties = {
	displayName: 'Evidence',
	name: 'evidence',
	type: 'collection',
	placeholder: 'Add Evidence',
	default: {},
	options: sortByLabel([...TEXTS, ...FILES]),
};

export const disputeResource: StripeResource = {
	value: 'dispute',
	name: 'Dispute',
	permission: 'dispute',
	operations: [
		{
			kind: 'write',
			class: 'terminal',
			value: 'accept',
			name: 'Accept',
			action: 'Accept a dispute',
			description:
				'Accept that the dispute is lost: the customer keeps the money. This cannot be undone.',
			harmless: 'twice',
			byPersonOnly: true,
			path: (read) => `${disputesPath}/${read.id('dispute')}/close`,
			target: (read) => read.id('dispute'),
			properties: [buildPicker('dispute', {}, 'searchOpenDispute')],
		},
		{
			kind: 'read',
			value: 'get',
			name: 'Get',
			action: 'Get a dispute',
			description: 'Read one dispute, with the deadline for evidence',
			path: (read) => `${disputesPath}/${read.id('dispute')}`,
			properties: [buildPicker('dispute')],
		},
		{
			kind: 'list',
			value: 'getMany',
			name: 'Get Many',
			action: 'Get many disputes',
			description: 'Read the newest disputes',
			path: () => disputesPath,
			params: (read) => read.filters(),
			properties: buildListProperties<Stripe.DisputeListParams>([
				buildPicker('charge', { required: false }),
				buildPicker('paymentIntent', { required: false }),
			]),
		},
		{
			kind: 'write',
			class: 'repeatable',
			value: 'update',
			name: 'Update',
			action: 'Update a dispute',
			description: 'Collect evidence for a dispute, and send it to the bank if Submit Now is on',
			path: (read) => `${disputesPath}/${read.id('dispute')}`,
			target: (read) => read.id('dispute'),
			params: (read) =>
				checkParamNames<Stripe.DisputeUpdateParams>({
					evidence: read.group('evidence'),
					// Without it Stripe submits everything to the bank, including evidence that was only saved before.
					submit: read.flag('submitNow'),
					...read.additionalFields(),
				}),
			check: refuseLongEvidence,
			properties: [
				buildPicker('dispute', {}, 'searchOpenDispute'),
				evidence,
				{
					displayName: 'Submit Now',
					name: 'submitNow',
					type: 'boolean',
					default: false,
					description:
						'Whether all evidence collected so far goes to the bank immediately. Usually that is possible only once. If off, it is kept in Stripe, where you can look at it.',
				},
				buildAdditionalFields<Stripe.DisputeUpdateParams>([metadata, otherParameters]),
			],
		},
	],
};

/** @throws ItemError */
function refuseLongEvidence(read: ParameterReader, { evidence: given = {} }: Params): void {
	const length = Object.values(given).reduce(
		(sum: number, text: Param) => sum + (typeof text === 'string' ? text.length : 0),
		0,
	);
	if (length <= MAX_EVIDENCE_LENGTH) return;
	throw read.buildError(
		'evidence',
		`has ${length} characters`,
		`Stripe takes at most ${MAX_EVIDENCE_LENGTH} in all fields together. Shorten the longest text.`,
	);
}
