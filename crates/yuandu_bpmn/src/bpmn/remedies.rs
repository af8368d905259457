//! What to do instead of an element that is not run.

/// The remedy, in Chinese and English.
pub(super) fn remedy(element: &str) -> (&'static str, &'static str) {
    match element {
        "complexGateway" => (
            "请用排他、并行、包容或事件网关",
            "use an exclusive, parallel, inclusive or event-based gateway",
        ),
        "variableListenerEventDefinition" => ("请用条件事件", "use a conditional event"),
        "choreography"
        | "choreographyTask"
        | "subChoreography"
        | "globalChoreographyTask"
        | "conversation" => (
            "编排图不能执行，请画流程",
            "a choreography is not executed: draw a process",
        ),
        "globalTask"
        | "globalUserTask"
        | "globalScriptTask"
        | "globalManualTask"
        | "globalBusinessRuleTask" => (
            "请画一个含该任务的流程并调用它",
            "draw a process with the task in it and call that",
        ),
        "laneSet" | "lane" | "collaboration" | "participant" => (
            "请在用户任务上用 y:task 的 role 写明由谁办理",
            "say who does a task with the role of y:task on the user task",
        ),
        "potentialOwner" | "performer" | "humanPerformer" | "resourceRole" => {
            ("请用 y:task 写明角色", "name the role with y:task")
        }
        "dataObject"
        | "dataObjectReference"
        | "dataStoreReference"
        | "ioSpecification"
        | "property"
        | "dataInputAssociation"
        | "dataOutputAssociation" => (
            "案卷的事实写在登记表字段里，请用 y:set 或 y:keep",
            "facts belong to the register of the case; use y:set or y:keep",
        ),
        _ => (
            "请删去，或改用手册中列出的元素",
            "remove it or use an element the manual lists",
        ),
    }
}
