import type {
	IDataObject,
	INodeParameters,
	INodeProperties,
	INodePropertyCollection,
	INodeType,
} from 'n8n-workflow';

import { IdempotencyRegistry } from '../../../../nodes/IdempotencyRegistry/IdempotencyRegistry.node.ts';
import { REGISTRY_RESOURCES as REGISTRY } from '../../../../nodes/IdempotencyRegistry/resources.ts';
import { listParameters } from '../../../../nodes/shared/parameters/describing';
import { StripeIdempotent } from '../../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { STRIPE_RESOURCES } from '../../../../nodes/StripeIdempotent/operations';
import { StripeIdempotentTrigger } from '../../../../nodes/StripeIdempotentTrigger/StripeIdempotentTrigger.node.ts';
import { repeat } from '../../../crash/soak';
import { RegistryFixture } from '../../fixtures/registryFixture';
import { CHOSEN_OBJECTS } from '../../fixtures/chosenObjects';
import { toLocator, OrdersFixture } from '../../fixtures/ordersFixture';

/** What stands there for people, holds other parameters, or takes no expression. */
const NO_INPUT = [
	'toolDescription',
	'credentials',
	'resource',
	'operation',
	'staticDataNotice',
	'existingNotice',
	'additionalFields',
	'filters',
	'options',
	'limits',
	'limits.limit',
	'keyFields',
	'keyFields.field',
	'fieldsInStripe',
	'fieldsInStripe.field',
	'additionalFields.metadata.entry',
	'filters.metadata.entry',
	'evidence',
	'payload',
	'payload.entry',
];

const words = (text: string) => text.trim().split(/\s+/);

/** What goes out of the account, and what is corrected. */
const MONEY_OUT = words(`
	account additionalFields.destination additionalFields.effectiveAt additionalFields.endBehavior
	additionalFields.identifier additionalFields.invoiceNow additionalFields.preserveCancelDate additionalFields.prorate
	additionalFields.refundApplicationFee additionalFields.source additionalFields.sourceTransaction
	additionalFields.sourceType additionalFields.startDate additionalFields.timestamp additionalFields.transferGroup
	balanceTransaction creditNote destination dispute event eventName filters.arrivesAfter filters.arrivesBefore
	filters.currency filters.deliverySuccess filters.destination filters.invoice filters.payout filters.source
	filters.status filters.transferGroup filters.type filters.types invoice payload.entry.key payload.entry.value payout
	paysBackAs scheduleFor sendEmail submitNow subscription subscriptionSchedule topUp transfer value
`);

/** A dispute is lost by what is missing. */
const EVIDENCE = words(`
	accessActivityLog billingAddress cancellationPolicy cancellationPolicyDisclosure cancellationRebuttal
	customerCommunication customerEmailAddress customerName customerPurchaseIp customerSignature
	duplicateChargeDocumentation duplicateChargeExplanation duplicateChargeId productDescription receipt refundPolicy
	refundPolicyDisclosure refundRefusalExplanation serviceDate serviceDocumentation shippingAddress shippingCarrier
	shippingDate shippingDocumentation shippingTrackingNumber uncategorizedFile uncategorizedText
`).map((name) => `evidence.${name}`);

/** Of subscriptions, invoices and their items. */
const BILLING = words(`
	additionalFields.addInvoiceItems additionalFields.addInvoiceItems.row additionalFields.addInvoiceItems.row.price
	additionalFields.addInvoiceItems.row.quantity additionalFields.autoAdvance additionalFields.automaticTax
	additionalFields.backdateStartDate additionalFields.billingCycleAnchor additionalFields.billingCycleAnchorType
	additionalFields.cancelAt additionalFields.cancelAtPeriodEnd additionalFields.collectionMethod
	additionalFields.currency additionalFields.daysUntilDue additionalFields.defaultPaymentMethod
	additionalFields.defaultTaxRates additionalFields.defaultTaxRates.row additionalFields.defaultTaxRates.row.taxRate
	additionalFields.discountable additionalFields.discounts
	additionalFields.discounts.row additionalFields.discounts.row.coupon
	additionalFields.discounts.row.promotionCode additionalFields.dueDate additionalFields.forgive
	additionalFields.mandate additionalFields.number additionalFields.paymentBehavior additionalFields.periodEnd
	additionalFields.periodStart additionalFields.prorationBehavior additionalFields.prorationDate
	additionalFields.prorationBehaviorOfPreview additionalFields.prorationDateOfPreview additionalFields.quantity additionalFields.quantityDecimal
	additionalFields.subscription additionalFields.taxRates additionalFields.taxRates.row
	additionalFields.taxRates.row.taxRate additionalFields.trialEnd
	additionalFields.trialPeriodDays autoAdvance behavior cancelAt changeWhen chargeAtMost chargeBy collectionMethod daysUntilDue
	filters.collectionMethod filters.currentPeriodEndAfter filters.currentPeriodEndBefore
	filters.currentPeriodStartAfter filters.currentPeriodStartBefore filters.dueAfter filters.dueBefore
	filters.pending filters.price filters.subscription ifAlreadySubscribed invoiceItem invoiceNow invoicingBehavior
	items items.row items.row.price items.row.quantity items.row.subscriptionItem lines lines.row lines.row.amount
	lines.row.discounts lines.row.discounts.row lines.row.discounts.row.coupon lines.row.discounts.row.promotionCode
	lines.row.periodEnd lines.row.periodStart lines.row.price lines.row.quantity lines.row.taxRates
	lines.row.unitAmount lines.row.type lines.row.invoiceLineItem linesFrom linesJson
	paidOutsideStripe pendingItems quote prorate quantity resumesAt subscriptionItem unusedTimeFrom whatStops when
`);
const BILLING_DESCRIBING = words(`
	additionalFields.cancellationComment additionalFields.cancellationFeedback additionalFields.customFields
	additionalFields.customFields.row additionalFields.customFields.row.name additionalFields.customFields.row.value
	additionalFields.customFields.row.key additionalFields.customFields.row.fieldLabel
	additionalFields.customFields.row.type additionalFields.customFields.row.dropdownOptions
	additionalFields.customFields.row.optional
	lines.row.metadata lines.row.metadata.entry lines.row.metadata.entry.key lines.row.metadata.entry.value
	additionalFields.footer additionalFields.header lines.row.description description
`);

/** Of products, prices and what is sold with them. */
const CATALOGUE = words(`
	additionalFields.active additionalFields.appliesToProducts additionalFields.appliesToProducts.row
	additionalFields.appliesToProducts.row.product additionalFields.country additionalFields.customer
	additionalFields.defaultPrice additionalFields.expiresAt additionalFields.firstTimeOnly additionalFields.id
	additionalFields.images additionalFields.intervalCount additionalFields.lookupKey additionalFields.maxRedemptions
	additionalFields.meter additionalFields.redeemBy additionalFields.state additionalFields.taxBehavior
	additionalFields.taxCode additionalFields.taxType additionalFields.transferLookupKey
	additionalFields.unitAmountDecimal additionalFields.usageType
	filters.interval filters.meter filters.usageType filters.valueGroupingWindow
	additionalFields.customerKey additionalFields.eventTimeWindow additionalFields.valueKey
	aggregation endTime meter meterEventName startTime
	tiersMode tiers tiers.row tiers.row.flatAmount tiers.row.unitAmount tiers.row.upTo
	additionalFields.currencyOptions additionalFields.currencyOptions.row
	additionalFields.currencyOptions.row.currency additionalFields.currencyOptions.row.unitAmount
	additionalFields.customUnitAmount additionalFields.customUnitAmount.value
	additionalFields.customUnitAmount.value.maximum additionalFields.customUnitAmount.value.minimum
	additionalFields.customUnitAmount.value.preset
	additionalFields.priority category creditGrant prices prices.row prices.row.price
	billingPeriod code coupon discountBy duration durationInMonths filters.active filters.code filters.coupon
	filters.currency filters.ids filters.inclusive filters.lookupKeys filters.product filters.type
	percentOff percentage price product productIs promotionCode tax taxRate
`);

/** Of links, sessions, saved payment methods and customers. */
const PAYING = words(`
	additionalFields.acceptedTypes additionalFields.address additionalFields.address.value
	additionalFields.address.value.country additionalFields.allowPromotionCodes additionalFields.applicationFeeAmount
	additionalFields.automaticTax additionalFields.balance additionalFields.billingAddress additionalFields.configuration
	additionalFields.customerCreation additionalFields.errorOnRequiresAction additionalFields.finalCapture
	additionalFields.invoiceCreation additionalFields.invoicePaymentMethod additionalFields.invoicePrefix
	additionalFields.locale additionalFields.mandate additionalFields.offSessionType additionalFields.onBehalfOf
	additionalFields.paymentMethodCollection additionalFields.paymentMethodOptions additionalFields.phoneNumber
	additionalFields.preferredLocales additionalFields.reverseTransfer additionalFields.shippingCountries
	additionalFields.submitType additionalFields.taxExempt additionalFields.taxIdCollection additionalFields.taxIdData
	additionalFields.taxIdData.row additionalFields.taxIdData.row.type additionalFields.taxIdData.row.value
	additionalFields.transferDestination additionalFields.trialDays additionalFields.usage afterPayment cancelUrl
	checkoutSession confirmSetup copyMetadata filters.paymentLink filters.paymentMethod filters.subscription flow
	lineItems lineItems.row lineItems.row.adjustable lineItems.row.amount lineItems.row.amountUnit
	lineItems.row.billingPeriod lineItems.row.currency lineItems.row.price lineItems.row.quantity mode onePaymentOnly
	matchBy matchEmail matchKey matchValue paymentLink redirectUrl returnUrl setupIntent successUrl yesDelete
`);
const CATALOGUE_DESCRIBING = words(`
	additionalFields.displayName additionalFields.jurisdiction additionalFields.nickname
	additionalFields.statementDescriptor additionalFields.unitLabel additionalFields.url
	displayName name productName
	additionalFields.address.value.city additionalFields.address.value.line1 additionalFields.address.value.line2
	additionalFields.address.value.postalCode additionalFields.address.value.state
	additionalFields.shipping additionalFields.shipping.value additionalFields.shipping.value.name
	additionalFields.shipping.value.phone additionalFields.shipping.value.shippingCity
	additionalFields.shipping.value.shippingCountry additionalFields.shipping.value.shippingLine1
	additionalFields.shipping.value.shippingLine2 additionalFields.shipping.value.shippingPostalCode
	additionalFields.shipping.value.shippingState
	additionalFields.clientReferenceId additionalFields.inactiveMessage additionalFields.invoiceFooter
	customerEmail lineItems.row.productName
`);

/**
 * All parameters of all nodes, each put where it belongs by a person who has asked: what changes when it is not there? What
 * moves, how much, when, to or from whom, or which ledger, entry, key or right it is about: *deciding*. A new parameter
 * fails here until somebody has asked.
 */
const REVIEWED: [node: INodeType, deciding: string[], describing: string[]][] = [
	[
		new StripeIdempotent(),
		[
			...MONEY_OUT,
			...EVIDENCE,
			...BILLING,
			...CATALOGUE,
			...PAYING,
			...words(`
			additionalFields.captureMethod additionalFields.confirmationToken additionalFields.instructionsEmail
			additionalFields.offSession additionalFields.otherParameters additionalFields.paymentMethod
			additionalFields.paymentMethodTypes additionalFields.returnUrl additionalFields.setupFutureUsage
			amount amountUnit body charge confirm currency customKey customer days duplicatesOf eventId orderNumberKey withinMinutes
			filters.canceledAfter filters.canceledBefore filters.cardLastFour filters.charge filters.createdAfter
			filters.createdAfterExclusive filters.createdBefore filters.createdBeforeExclusive filters.customer filters.email
			filters.emailDomain filters.lookupKey filters.metadata filters.metadata.entry.key filters.metadata.entry.value
			filters.nameContains filters.number filters.paymentIntent filters.phone
			keyFields.field.path keyFields.field.treatAs keySource ledger ledgerFile limit method neededFor neededOperations options.verifyNew workflow
			options.afterRejection options.apiVersion options.approvedCheck options.chargeAtMostPerItem options.chargeAtMostPerRun options.checkOnly
			options.includeClientSecret options.ledgerPrefix options.ledgerTable options.ledgerUnavailable options.onlyCustomer
			options.requireToken options.stripeAccount path paymentIntent paymentMethod query refund refundOf returnAll timeZone token
		`),
		],
		words(`
			${[...BILLING_DESCRIBING, ...CATALOGUE_DESCRIBING].join(' ')}
			additionalFields.cancellationReason additionalFields.description additionalFields.email
			additionalFields.metadata additionalFields.metadata.entry.key additionalFields.metadata.entry.value
			additionalFields.name additionalFields.phone additionalFields.receiptEmail
			additionalFields.memo additionalFields.statementDescriptor additionalFields.statementDescriptorSuffix options.concurrency options.duplicates options.expand
			options.afterExpiry options.maxRetries options.retentionDays options.serverErrors options.settleAfterDays simplify options.storeParameters options.summaryItem
			options.timeoutSeconds options.waitForBusySeconds reason includeCustomer includeFee includeLineItems
		`),
	],
	[
		new IdempotencyRegistry(),
		words(`
			action adoptFrom adopted agent alsoReleased allowedCustomers allowedOperations amount amountIsMaximum amountUnit by claim
			createdAfter createdBefore currency customKey customer entry eventId fieldName fieldValue
			fieldsInStripe.field.path fieldsInStripe.field.standsIn fieldsInStripe.field.treatAs
			filters.createdAfter filters.createdBefore filters.customer filters.operation filters.settledAfter
			filters.beginsWith filters.settledBefore filters.text filters.workflow findBy idempotencyKey intentOperation
			keyFields.field.path keyFields.field.treatAs keySource ledger ledgerFile limit
			limits.limit.approvalAbove limits.limit.currency limits.limit.maxPerDay limits.limit.maxPerPayment
			maxPerSession mostEntries object objectId options.afterRejection options.approvalForDays options.environment
			options.holdMinutes options.ifUnanswered options.keyLifetimeHours options.ledgerPrefix options.ledgerTable options.onlyCustomer
			options.stripeAccount options.validForHours purpose reason request reservation returnAll session simplify
			states stripeObject timeZone verdict which width
		`),
		words(`
			answer message note options.maxRetries options.requestsPerSecond options.retentionDays
			options.timeoutSeconds options.waitForBusySeconds statusCode
		`),
	],
	[
		new StripeIdempotentTrigger(),
		words(`
			endpoint events ledger ledgerFile options.connect options.ledgerPrefix options.ledgerTable
			options.otherEvents options.retentionDays
		`),
		[],
	],
];

describe.each(REVIEWED)('the parameters of the node', ({ description }, deciding, describingOnes) => {
	it(`${description.displayName} are all classified by a person`, () => {
		const found = listParameters(description.properties).filter(({ path }) => !NO_INPUT.includes(path));
		const paths = (isDescribing: boolean) => [
			...new Set(found.filter((one) => one.isDescribing === isDescribing).map(({ path }) => path)),
		];
		expect(paths(false).sort()).toEqual([...new Set(deciding)].sort());
		expect(paths(true).sort()).toEqual([...new Set(describingOnes)].sort());
	});
});

/** Each an item whose field says nothing; in the first it is not there. */
const WITHOUT_VALUE: IDataObject[] = [{}, { found: null }, { found: '' }, { found: ' ' }];
const EXPRESSION = '={{ $json.found }}';

/** Parameters that have a rule of their own: the key's. */
const OF_THE_KEY = ['keySource', 'keyFields', 'eventId', 'customKey', 'token', 'ledger'];

function shownIn(node: INodeType, chosen: INodeParameters): INodeProperties[] {
	return node.description.properties
		.filter((property) => {
			const { name, type, noDataExpression } = property;
			const isInput = type !== 'notice' && type !== 'credentials' && !noDataExpression;
			return isInput && isShown(property, chosen) && !OF_THE_KEY.includes(name);
		})
		.map((property) => {
			if (property.type !== 'collection') return property;
			const fields = (property.options ?? []) as INodeProperties[];
			return { ...property, options: fields.filter((field) => isShown(field, chosen)) };
		});
}

/** In a collection, the names of the node's parameters begin with a slash. */
function isShown({ displayOptions = {} }: INodeProperties, chosen: INodeParameters): boolean {
	const { show = {}, hide = {} } = displayOptions;
	const has = ([by, values]: [string, unknown]) =>
		(values as unknown[]).includes(chosen[by.replace(/^\//, '')]);
	return (
		Object.entries(show).every((rule) => !(rule[0].replace(/^\//, '') in chosen) || has(rule)) &&
		!Object.entries(hide).some(has)
	);
}

type Variant = [path: string, variant: INodeParameters, property: INodeProperties];

/** The parameters with the expression in one of them, those within others included. */
function variants(node: INodeType, chosen: INodeParameters): Variant[] {
	return shownIn(node, chosen)
		.flatMap((property) => variantsOf(property, property.name))
		.map(([path, variant, property]) => [path, { ...chosen, ...variant }, property]);
}

function variantsOf(property: INodeProperties, path: string): Variant[] {
	const { name, type, typeOptions, options = [] } = property;
	if (type === 'collection')
		return (options as INodeProperties[])
			.filter((field) => !field.name.startsWith('ledger'))
			.flatMap((field) => variantsOf(field, `${path}.${field.name}`))
			.map(([at, variant, field]) => [at, { [name]: variant }, field]);
	if (type !== 'fixedCollection') return [[path, { [name]: inPlaceOf(property) }, property]];
	return (options as INodePropertyCollection[]).flatMap((group) =>
		group.values
			.flatMap((field) => variantsOf(field, `${path}.${group.name}.${field.name}`))
			.map(([at, field, inner]): Variant => {
				const row = { ...FILLED_ROWS.get(name), ...field };
				return [at, { [name]: { [group.name]: typeOptions?.multipleValues ? [row] : row } }, inner];
			}),
	);
}

function inPlaceOf({ type }: INodeProperties): string | INodeParameters {
	return type === 'resourceLocator' ? toLocator('id', EXPRESSION) : EXPRESSION;
}

/** What a row needs beside the field that is tried. */
const FILLED_ROWS: ReadonlyMap<string, INodeParameters> = new Map(
	Object.entries({
		currencyOptions: { currency: 'USD', unitAmount: '5' },
		addInvoiceItems: { price: toLocator('id', 'price_1') },
		items: { price: toLocator('id', 'price_1') },
		lineItems: { amount: '5', amountUnit: 'minor', currency: 'EUR', productName: 'Pro' },
		lines: { amount: '5' },
		metadata: { key: 'order', value: '1001' },
		payload: { key: 'order', value: '1001' },
	}),
);

/** What no parameter of a type can be. */
const UNUSABLE: Partial<Record<INodeProperties['type'], unknown[]>> = {
	boolean: ['yes', 1],
	dateTime: ['2027-02-30', '31/12/2027', '1970-01-01', 46_205, true],
	number: ['many', -1, '1.234,56', '1e5', '99999999999999999999'],
	options: ['neither', 7],
	resourceLocator: ['a/b', '..', 'x'.repeat(300)],
	string: [{ a: 1 }],
};

/** Any text, what is no parameter of the request, or stands in the place of another one. */
const TAKES_ANYTHING = [
	'payload.entry.value',
	'additionalFields.metadata.entry.value',
	'filters.metadata.entry.value',
	'eventName',
	'lines.row.unitAmount',
	'toolDescription',
	'options.summaryItem',
	'lines.row.metadata.entry.value',
];

const MAY_BE_BELOW_ZERO = ['additionalFields.balance'];

const FILLED: INodeParameters = {
	meterEventName: 'api_calls',
	startTime: '2027-01-01T00:00:00Z',
	endTime: '2027-01-02T00:00:00Z',
	amount: '5',
	amountUnit: 'major',
	currency: 'EUR',
	query: "status:'succeeded'",
	...CHOSEN_OBJECTS,
	paymentMethod: 'pm_card_visa',
	linesFrom: 'fields',
	tiersMode: 'none',
	paysBackAs: 'refund',
	chargeBy: 'price',
	collectionMethod: 'send_invoice',
	when: 'date',
	cancelAt: '2027-01-01',
	whatStops: 'subscription',
	duplicatesOf: 'invoices',
	neededFor: 'workflow',
	neededOperations: ['refund.create'],
	workflow: '{ "nodes": [] }',
	items: { row: [{ price: toLocator('id', 'price_1') }] },
	lines: { row: [{ amount: '5' }] },
	scheduleFor: 'customer',
	value: '25',
	duration: 'repeating',
	productIs: 'existing',
	productName: 'Pro',
	displayName: 'VAT',
	name: 'Pro',
	percentage: 19,
	percentOff: 10,
	afterPayment: 'redirect',
	copyMetadata: false,
	flow: 'subscription_cancel',
	lineItems: { row: [{ price: toLocator('id', 'price_1') }] },
	mode: 'payment',
	redirectUrl: 'https://example.com',
	successUrl: 'https://example.com',
	yesDelete: true,
	matchBy: 'email',
	matchEmail: 'ann@example.com',
	matchKey: 'number',
	matchValue: '1001',
	confirm: false,
	refundOf: 'paymentIntent',
	path: '/v1/products',
	keySource: 'custom',
	customKey: 'x',
	returnAll: false,
	method: 'POST',
};

const deciding = new Map(REVIEWED.map(([node, paths]) => [node.description.name, new Set(paths)]));

describe('an empty or invalid value in any parameter of an operation is refused by its label', () => {
	let fixture: OrdersFixture;
	beforeAll(async () => {
		fixture = await OrdersFixture.open();
	});
	afterAll(() => fixture.close());

	const operations = STRIPE_RESOURCES.flatMap(({ value: resource, operations: rows }) =>
		rows.map(({ value: operation }) => ({
			resource,
			operation,
			...(resource === 'payout' ? { method: 'instant' } : {}),
		})),
	);
	const node = new StripeIdempotent();

	/** What is declared once is read once: each parameter is tried where it is met first. */
	const tried = new Set<string>();

	it.each(operations)('$resource $operation', async (chosen) => {
		const isDeciding = (path: string) => deciding.get('stripeIdempotent')!.has(path);
		const notRefused: unknown[] = [];
		for (const [path, parameters, { type, displayName }] of variants(node, { ...FILLED, ...chosen })) {
			if (isUnused(path, chosen) || tried.has(path)) continue;
			tried.add(path);
			// The soak tries all of them.
			if (tried.size % repeat(8, 1) !== 0) continue;
			fixture.forgetRequests();
			const unusable = TAKES_ANYTHING.includes(path) ? [] : (UNUSABLE[type] ?? []);
			const items = [
				...(isDeciding(path) ? WITHOUT_VALUE : []),
				...unusable
					.filter((found) => found !== -1 || !MAY_BE_BELOW_ZERO.includes(path))
					.map((found) => ({ found }) as IDataObject),
			];
			const { error, fix } = await fixture.run(parameters, items);
			const label = displayName.toLowerCase();
			const refused = fix.filter(
				({ error: { outcome, message } }) =>
					outcome === 'refused' && message.toLowerCase().includes(label),
			);
			const isRefused = refused.length === items.length && fixture.simulator.requests.length === 0;
			if (error || !isRefused)
				notRefused.push({ path, parameters, left: fix.map((item) => item.error) });
		}
		expect(notRefused).toEqual([]);
	});
});

/** What belongs to another choice: the charge of a refund by payment intent, the minutes between invoices. */
function isUnused(path: string, { operation }: { operation: string }): boolean {
	return (
		(path === 'charge' && operation === 'create') ||
		path === 'withinMinutes' ||
		path === 'neededOperations'
	);
}

describe('an expression that returns nothing, in any deciding parameter of the registry, does nothing', () => {
	let registry: RegistryFixture;
	beforeAll(async () => {
		registry = await RegistryFixture.open();
	});
	afterAll(() => registry.close());

	const node = new IdempotencyRegistry();
	const filled: INodeParameters = {
		keySource: 'custom',
		customKey: 'x',
		action: 'ship',
		request: '{}',
		purpose: 'x',
		agent: 'x',
		intentOperation: 'paymentIntent.create',
		amount: '5',
		amountUnit: 'major',
		currency: 'EUR',
		allowedOperations: ['paymentIntent.create'],
		maxPerSession: 0,
		by: 'Ada',
		reason: 'x',
		limits: { limit: [{ currency: 'EUR', maxPerPayment: '500' }] },
	};
	const operations = [
		{ resource: 'key', operation: 'claim' },
		{ resource: 'token', operation: 'reserve' },
		{ resource: 'token', operation: 'stop' },
	];

	it.each(operations)('$resource $operation', async (chosen) => {
		expect(REGISTRY.some(({ value }) => value === chosen.resource)).toBe(true);
		for (const [path, parameters] of variants(node, { ...filled, ...chosen })) {
			if (!deciding.get('idempotencyRegistry')!.has(path) || path === 'object') continue;
			for (const item of WITHOUT_VALUE) {
				const { json } = await registry.one(parameters, item);
				expect({ path, error: json.error.outcome }).toEqual({ path, error: 'refused' });
			}
		}
		expect(await registry.fixture.entries()).toEqual([]);
		expect(registry.fixture.stripe.requests).toEqual([]);
	});

	it.each(['currency', 'maxPerPayment', 'maxPerDay', 'approvalAbove'])(
		'reserve, in a row of Limits: %s',
		async (field) => {
			for (const item of WITHOUT_VALUE) {
				const row = { currency: 'EUR', maxPerPayment: '500', [field]: EXPRESSION };
				const reserve = {
					...filled,
					resource: 'token',
					operation: 'reserve',
					limits: { limit: [row] },
				};
				const { json } = await registry.one(reserve, item);
				expect(json.error).toMatchObject({
					outcome: 'refused',
					message: expect.stringContaining('Limits, row 1: ') as string,
				});
			}
		},
	);
});
