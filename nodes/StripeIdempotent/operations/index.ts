import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { readExpected } from '../neededOperations';
import { buildAccountResource } from './account';
import { balanceResource, balanceTransactionResource } from './balance';
import { buildCheckPermissions } from './checkPermissions';
import { creditGrantResource } from './creditGrant';
import { creditNoteResource } from './creditNote';
import { customerBalanceResource } from './customerBalance';
import { disputeResource } from './dispute';
import { eventResource } from './event';
import { meterResource } from './meter';
import { meterEventResource } from './meterEvent';
import { invoiceResource } from './invoice';
import { invoiceItemResource } from './invoiceItem';
import { subscriptionResource } from './subscription';
import { payoutResource } from './payout';
import { subscriptionScheduleResource } from './subscriptionSchedule';
import { topUpResource } from './topUp';
import { transferResource } from './transfer';
import { chargeResource } from './charge';
import { checkoutSessionResource } from './checkoutSession';
import { paymentLinkResource } from './paymentLink';
import { paymentMethodResource } from './paymentMethod';
import { portalSessionResource } from './portalSession';
import { setupIntentResource } from './setupIntent';
import { couponResource } from './coupon';
import { priceResource } from './price';
import { productResource } from './product';
import { promotionCodeResource } from './promotionCode';
import { taxRateResource } from './taxRate';
import { customApiCallResource, customRequests } from './customApiCall';
import { customerResource } from './customer';
import type { StripeOperation, StripeResource } from './operation';
import { paymentIntentResource } from './paymentIntent';
import { quoteResource } from './quote';
import { refundResource } from './refund';

/** The default in the editor. */
export const USUAL_RESOURCE = 'paymentIntent';

/** All resources of the node. */
export const STRIPE_RESOURCES: readonly StripeResource[] = [
	buildAccountResource(
		buildCheckPermissions((read) => readExpected(read, STRIPE_RESOURCES, USUAL_RESOURCE)),
	),
	balanceResource,
	balanceTransactionResource,
	chargeResource,
	creditGrantResource,
	creditNoteResource,
	checkoutSessionResource,
	couponResource,
	customApiCallResource,
	customerResource,
	customerBalanceResource,
	disputeResource,
	eventResource,
	invoiceResource,
	invoiceItemResource,
	meterResource,
	meterEventResource,
	paymentIntentResource,
	paymentLinkResource,
	paymentMethodResource,
	portalSessionResource,
	setupIntentResource,
	payoutResource,
	subscriptionResource,
	subscriptionScheduleResource,
	topUpResource,
	transferResource,
	priceResource,
	productResource,
	promotionCodeResource,
	quoteResource,
	refundResource,
	taxRateResource,
];

/** Returns the operation that an item requests. */
export function findStripeOperation(read: ParameterReader): StripeOperation {
	const chosen = read.text('resource');
	const resource = STRIPE_RESOURCES.find(({ value }) => value === chosen);
	if (resource === customApiCallResource)
		return customRequests.get(read.text('method')) ?? refuseUnknown('method', read);
	const action = read.text('operation');
	const operation =
		resource?.operations.find(({ value }) => value === action) ??
		refuseUnknown(resource ? 'operation' : 'resource', read);
	return operation.kind === 'write' && operation.variant ? operation.variant(read) : operation;
}

function refuseUnknown(parameter: string, read: ParameterReader): never {
	throw read.buildError(parameter, 'is not known to this node', 'Choose it from the list.');
}
