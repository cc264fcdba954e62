import type { INodeProperties, INodeType } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

const TOOL_SUFFIX = 'Tool';

/** The type name of the twin of a node that AI agents use. */
export function toolTypeOf(nodeType: string): string {
	return `${nodeType}${TOOL_SUFFIX}`;
}

/** The node type of a twin, or undefined if the name does not end like a twin's name. */
export function baseTypeOf(toolType: string): string | undefined {
	return toolType.endsWith(TOOL_SUFFIX) ? toolType.slice(0, -TOOL_SUFFIX.length) : undefined;
}

/**
 * Creates the twin of a `usableAsTool` node. n8n creates it while loading node types, in its server package, so
 * that code is reproduced here: the same code under a description with no inputs, the one output `ai_tool`,
 * "Tool" after both names, and parameters for the description that the model reads, set automatically if the node
 * has a resource or operation.
 */
export function toolTwin(nodeType: INodeType): INodeType {
	const { usableAsTool, ...description } = nodeType.description;
	if (!usableAsTool) throw new Error(`${description.name} is not usableAsTool: n8n makes no tool of it.`);
	const replacements = typeof usableAsTool === 'object' ? usableAsTool.replacements : {};
	const replaced = { ...description, ...replacements };
	const twin = {
		...replaced,
		name: toolTypeOf(replaced.name),
		displayName: `${replaced.displayName} ${TOOL_SUFFIX}`,
		inputs: [],
		outputs: [NodeConnectionTypes.AiTool],
		properties: [
			...toolDescriptionProperties(replaced.properties, replaced.description),
			...replaced.properties,
		],
	};
	return Object.create(nodeType, { description: { value: twin, enumerable: true } }) as INodeType;
}

function toolDescriptionProperties(properties: INodeProperties[], text: string): INodeProperties[] {
	if (properties.some(({ name }) => name === 'toolDescription')) return [];
	const toolDescription: INodeProperties = {
		displayName: 'Description',
		name: 'toolDescription',
		type: 'string',
		default: text,
		required: true,
	};
	const describesItself = properties.some(({ name }) => name === 'resource' || name === 'operation');
	if (!describesItself) return [toolDescription];
	const descriptionType: INodeProperties = {
		displayName: 'Tool Description',
		name: 'descriptionType',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Set Automatically', value: 'auto' },
			{ name: 'Set Manually', value: 'manual' },
		],
		default: 'auto',
	};
	const whenManual = { show: { descriptionType: ['manual'] } };
	return [descriptionType, { ...toolDescription, displayOptions: whenManual }];
}
