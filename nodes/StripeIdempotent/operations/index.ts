import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { chargeResource } from './charge';
import { customApiCallResource, customRequests } from './customApiCall';
import { customerResource } from './customer';
import type { StripeOperation, StripeResource } from './operation';
import { paymentIntentResource } from './paymentIntent';
import { refundResource } from './refund';

/** Everything that the node can do. */
export const STRIPE_RESOURCES: readonly StripeResource[] = [
	chargeResource,
	customApiCallResource,
	customerResource,
	paymentIntentResource,
	refundResource,
];

/** The row of the table that an item asks for. */
export function findStripeOperation(read: ParameterReader): StripeOperation {
	const resource = STRIPE_RESOURCES.find(({ value }) => value === read.text('resource'));
	if (resource === customApiCallResource)
		return customRequests.get(read.text('method')) ?? refuseUnknown('method', read);
	return (
		resource?.operations.find(({ value }) => value === read.text('operation')) ??
		refuseUnknown(resource ? 'operation' : 'resource', read)
	);
}

function refuseUnknown(parameter: string, read: ParameterReader): never {
	throw read.buildError(parameter, 'is not known to this node', 'Choose it from the list.');
}
