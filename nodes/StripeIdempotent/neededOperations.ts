import type { Permission } from '../../stripe/api/permissions';
import type { ParameterReader } from '../shared/parameters/parameterReader';
import { isRecord, splitList, toInputText } from '../shared/parameters/values';
import { getDefaultOperation } from '../shared/parameters/resourceProperties';
import type { StripeOperation, StripeResource } from './operations/operation';
import { listNeeds } from './permissionVerdicts';

/** An operation, and the permissions that a restricted key needs for it. */
export interface NeededOperation {
	/** `refund.create` */
	value: string;
	/** `Refund: Create` */
	name: string;
	needs: Permission[];
}

const EVENTS: Permission = { name: 'event', access: 'read' };
const ENDPOINTS: Permission = { name: 'webhook', access: 'write' };

/** Lists all operations that need a permission, in the order of the editor. */
export function listOperations(resources: readonly StripeResource[]): NeededOperation[] {
	return resources.flatMap((resource) =>
		resource.operations
			.filter((operation) => listNeeds(resource, operation).length > 0)
			.map((operation) => toNeeded(resource, operation)),
	);
}

function toNeeded(resource: StripeResource, operation: StripeOperation): NeededOperation {
	return {
		value: `${resource.value}.${operation.value}`,
		name: `${resource.name}: ${operation.name}`,
		needs: listNeeds(resource, operation),
	};
}

/** Reconciling a write: reading its object, which Write includes, and the events of its key. */
const lookUp: NeededOperation = { value: 'lookUp', name: 'Looking up a Lost Answer', needs: [EVENTS] };

const makeEndpoint: NeededOperation = {
	value: 'makeEndpoint',
	name: 'Stripe Idempotent Trigger: Its Own Endpoint',
	needs: [ENDPOINTS],
};

/** What the nodes of a workflow need, and which nodes are unclear. */
interface WorkflowNeeds {
	operations: NeededOperation[];
	/** Names of nodes whose operation is an expression, or a Custom API Call. */
	unclear: string[];
}

/** @param nodes the nodes of an exported workflow, in which parameters with default values are missing */
function readWorkflowNeeds(
	nodes: readonly unknown[],
	resources: readonly StripeResource[],
	usualResource: string,
): WorkflowNeeds {
	const found: WorkflowNeeds = { operations: [], unclear: [] };
	for (const node of nodes) {
		if (!isRecord(node) || node.disabled === true) continue;
		const parameters = isRecord(node.parameters) ? node.parameters : {};
		const type = toInputText(node.type).replace(/^.*\.|Tool$/g, '');
		if (type === 'stripeIdempotentTrigger' && parameters.endpoint !== 'existing')
			found.operations.push(makeEndpoint);
		if (type !== 'stripeIdempotent') continue;
		const resource = resources.find(({ value }) => value === (parameters.resource ?? usualResource));
		const chosen = parameters.operation ?? (resource && getDefaultOperation(resource));
		const operation = resource?.operations.find(({ value }) => value === chosen);
		if (!resource || !operation || (resource.permission === undefined && !operation.needs))
			found.unclear.push(toInputText(node.name));
		else found.operations.push(toNeeded(resource, operation));
	}
	return found;
}

/** What a key is compared with, and which nodes could not be read. */
export interface Expected {
	operations: readonly NeededOperation[];
	unclear: readonly string[];
	/** Whether all operations are expected, so that no permission is too much. */
	isAll: boolean;
}

/**
 * Reads what the key is compared with from the parameters.
 *
 * @throws ItemError
 */
export function readExpected(
	read: ParameterReader,
	resources: readonly StripeResource[],
	usualResource: string,
): Expected {
	const all = listOperations(resources);
	switch (read.choice('neededFor', ['all', 'operations', 'workflow'])) {
		case 'all':
			return { operations: [...all, lookUp, makeEndpoint], unclear: [], isAll: true };
		case 'operations': {
			const operations = readChosen(read, all);
			return { operations: withLookUp(operations), unclear: [], isAll: false };
		}
		case 'workflow': {
			const { operations, unclear } = readWorkflowNeeds(readNodes(read), resources, usualResource);
			return { operations: withLookUp(operations), unclear, isAll: false };
		}
	}
}

function withLookUp(operations: readonly NeededOperation[]): NeededOperation[] {
	const isWriting = operations.some(({ needs }) => needs.some(({ access }) => access === 'write'));
	return isWriting ? [...operations, lookUp] : [...operations];
}

function readChosen(read: ParameterReader, all: readonly NeededOperation[]): NeededOperation[] {
	const chosen = read.value('neededOperations');
	const names = Array.isArray(chosen) ? chosen.map(toInputText) : splitList(chosen);
	if (names.length === 0)
		throw read.buildError('neededOperations', 'is empty', 'Choose what the key is used for.');
	return names.map((name) => {
		const found = all.find(({ value }) => value === name);
		if (found) return found;
		throw read.buildError(
			'neededOperations',
			`has "${name}", which is not an operation of this node`,
			'Choose from the list.',
		);
	});
}

/**
 * Reads the nodes of one workflow, as exported by n8n or returned by its API.
 *
 * @throws ItemError
 */
function readNodes(read: ParameterReader): unknown[] {
	const given = read.value('workflow');
	const workflow = typeof given === 'string' ? parseJson(given) : given;
	const nodes = isRecord(workflow)
		? (workflow.nodes ?? (isRecord(workflow.data) && workflow.data.nodes))
		: undefined;
	if (Array.isArray(nodes)) return nodes;
	throw read.buildError(
		'workflow',
		'is not a workflow in JSON',
		'Paste what n8n downloads (⋯ → Download), or the item of the node n8n → Workflow → Get.',
	);
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
