import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { charge } from './charge';
import { customApiCall, customRequests } from './customApiCall';
import { customer } from './customer';
import type { Operation, Resource } from './operation';
import { paymentIntent } from './paymentIntent';
import { refund } from './refund';

/** Everything that the node can do. */
export const RESOURCES: readonly Resource[] = [charge, customApiCall, customer, paymentIntent, refund];

/** The row of the table that an item asks for. */
export function operationOf(read: ParameterReader): Operation {
	const resource = RESOURCES.find(({ value }) => value === read.text('resource'));
	if (resource === customApiCall) return customRequests.get(read.text('method')) ?? unknown('method', read);
	return (
		resource?.operations.find(({ value }) => value === read.text('operation')) ??
		unknown(resource ? 'operation' : 'resource', read)
	);
}

function unknown(parameter: string, read: ParameterReader): never {
	throw read.refuse(parameter, 'is not known to this node', 'Choose it from the list.');
}
