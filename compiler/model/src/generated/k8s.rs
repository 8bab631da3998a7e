// tidy: table
//! Views of Kubernetes itself: core, apps, batch, discovery, networking and their metadata. Written by `cargo xtask codegen`.

use super::prelude::*;

/// `k8s.AppArmorProfile`.
#[derive(Clone, Copy, Debug)]
pub struct AppArmorProfile<'a>(pub Node<'a>);
view!(AppArmorProfile);
impl<'a> AppArmorProfile<'a> {
    /// `localhostProfile`.
    pub fn localhost_profile(self) -> Option<Text<'a>> { one(self.0, "localhostProfile", "localhostProfile") }
    /// `type`.
    pub fn type_(self) -> Option<Text<'a>> { one(self.0, "type", "type") }
}

/// `k8s.Capabilities`.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities<'a>(pub Node<'a>);
view!(Capabilities);
impl<'a> Capabilities<'a> {
    /// `add`.
    pub fn add(self) -> List<'a, Text<'a>> { list(self.0, "add", "add") }
    /// `drop`.
    pub fn drop(self) -> List<'a, Text<'a>> { list(self.0, "drop", "drop") }
}

/// `k8s.ClientIPConfig`.
#[derive(Clone, Copy, Debug)]
pub struct ClientIPConfig<'a>(pub Node<'a>);
view!(ClientIPConfig);
impl<'a> ClientIPConfig<'a> {
    /// `timeoutSeconds`.
    pub fn timeout_seconds(self) -> Option<i64> { one(self.0, "timeoutSeconds", "timeoutSeconds") }
}

/// `k8s.Condition`.
#[derive(Clone, Copy, Debug)]
pub struct Condition<'a>(pub Node<'a>);
view!(Condition);
impl<'a> Condition<'a> {
    /// `lastTransitionTime`.
    pub fn last_transition_time(self) -> Option<Text<'a>> { one(self.0, "lastTransitionTime", "lastTransitionTime") }
    /// `message`.
    pub fn message(self) -> Option<Text<'a>> { one(self.0, "message", "message") }
    /// `observedGeneration`.
    pub fn observed_generation(self) -> Option<i64> { one(self.0, "observedGeneration", "observedGeneration") }
    /// `reason`.
    pub fn reason(self) -> Option<Text<'a>> { one(self.0, "reason", "reason") }
    /// `status`.
    pub fn status(self) -> Option<Text<'a>> { one(self.0, "status", "status") }
    /// `type`.
    pub fn type_(self) -> Option<Text<'a>> { one(self.0, "type", "type") }
}

/// `k8s.ConfigMap`.
#[derive(Clone, Copy, Debug)]
pub struct ConfigMap<'a>(pub Node<'a>);
view!(ConfigMap);
impl<'a> ConfigMap<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `binaryData`.
    pub fn binary_data(self) -> Entries<'a, Text<'a>> { entries(self.0, "binaryData", "binaryData") }
    /// `data`.
    pub fn data(self) -> Entries<'a, Text<'a>> { entries(self.0, "data", "data") }
    /// `immutable`.
    pub fn immutable(self) -> Option<bool> { one(self.0, "immutable", "immutable") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
}

/// `k8s.ConfigMapEnvSource`.
#[derive(Clone, Copy, Debug)]
pub struct ConfigMapEnvSource<'a>(pub Node<'a>);
view!(ConfigMapEnvSource);
impl<'a> ConfigMapEnvSource<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `optional`.
    pub fn optional(self) -> Option<bool> { one(self.0, "optional", "optional") }
}

/// `k8s.ConfigMapKeySelector`.
#[derive(Clone, Copy, Debug)]
pub struct ConfigMapKeySelector<'a>(pub Node<'a>);
view!(ConfigMapKeySelector);
impl<'a> ConfigMapKeySelector<'a> {
    /// `key`.
    pub fn key(self) -> Option<Text<'a>> { one(self.0, "key", "key") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `optional`.
    pub fn optional(self) -> Option<bool> { one(self.0, "optional", "optional") }
}

/// `k8s.Container`.
#[derive(Clone, Copy, Debug)]
pub struct Container<'a>(pub Node<'a>);
view!(Container);
impl<'a> Container<'a> {
    /// `args`.
    pub fn args(self) -> List<'a, Text<'a>> { list(self.0, "args", "args") }
    /// `command`.
    pub fn command(self) -> List<'a, Text<'a>> { list(self.0, "command", "command") }
    /// `env`.
    pub fn env(self) -> List<'a, EnvVar<'a>> { list(self.0, "env", "env") }
    /// `envFrom`.
    pub fn env_from(self) -> List<'a, EnvFromSource<'a>> { list(self.0, "envFrom", "envFrom") }
    /// `image`.
    pub fn image(self) -> Option<Text<'a>> { one(self.0, "image", "image") }
    /// `imagePullPolicy`.
    pub fn image_pull_policy(self) -> Option<Text<'a>> { one(self.0, "imagePullPolicy", "imagePullPolicy") }
    /// `lifecycle`.
    pub fn lifecycle(self) -> Option<Node<'a>> { one(self.0, "lifecycle", "lifecycle") }
    /// `livenessProbe`.
    pub fn liveness_probe(self) -> Option<Probe<'a>> { one(self.0, "livenessProbe", "livenessProbe") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `ports`.
    pub fn ports(self) -> List<'a, ContainerPort<'a>> { list(self.0, "ports", "ports") }
    /// `readinessProbe`.
    pub fn readiness_probe(self) -> Option<Probe<'a>> { one(self.0, "readinessProbe", "readinessProbe") }
    /// `resizePolicy`.
    pub fn resize_policy(self) -> List<'a, Node<'a>> { list(self.0, "resizePolicy", "resizePolicy") }
    /// `resources`.
    pub fn resources(self) -> Option<Node<'a>> { one(self.0, "resources", "resources") }
    /// `restartPolicy`.
    pub fn restart_policy(self) -> Option<Text<'a>> { one(self.0, "restartPolicy", "restartPolicy") }
    /// `restartPolicyRules`.
    pub fn restart_policy_rules(self) -> List<'a, ContainerRestartRule<'a>> { list(self.0, "restartPolicyRules", "restartPolicyRules") }
    /// `securityContext`.
    pub fn security_context(self) -> Option<SecurityContext<'a>> { one(self.0, "securityContext", "securityContext") }
    /// `startupProbe`.
    pub fn startup_probe(self) -> Option<Probe<'a>> { one(self.0, "startupProbe", "startupProbe") }
    /// `stdin`.
    pub fn stdin(self) -> Option<bool> { one(self.0, "stdin", "stdin") }
    /// `stdinOnce`.
    pub fn stdin_once(self) -> Option<bool> { one(self.0, "stdinOnce", "stdinOnce") }
    /// `terminationMessagePath`.
    pub fn termination_message_path(self) -> Option<Text<'a>> { one(self.0, "terminationMessagePath", "terminationMessagePath") }
    /// `terminationMessagePolicy`.
    pub fn termination_message_policy(self) -> Option<Text<'a>> { one(self.0, "terminationMessagePolicy", "terminationMessagePolicy") }
    /// `tty`.
    pub fn tty(self) -> Option<bool> { one(self.0, "tty", "tty") }
    /// `volumeDevices`.
    pub fn volume_devices(self) -> List<'a, Node<'a>> { list(self.0, "volumeDevices", "volumeDevices") }
    /// `volumeMounts`.
    pub fn volume_mounts(self) -> List<'a, VolumeMount<'a>> { list(self.0, "volumeMounts", "volumeMounts") }
    /// `workingDir`.
    pub fn working_dir(self) -> Option<Text<'a>> { one(self.0, "workingDir", "workingDir") }
}

/// `k8s.ContainerExtendedResourceRequest`.
#[derive(Clone, Copy, Debug)]
pub struct ContainerExtendedResourceRequest<'a>(pub Node<'a>);
view!(ContainerExtendedResourceRequest);
impl<'a> ContainerExtendedResourceRequest<'a> {
    /// `containerName`.
    pub fn container_name(self) -> Option<Text<'a>> { one(self.0, "containerName", "containerName") }
    /// `requestName`.
    pub fn request_name(self) -> Option<Text<'a>> { one(self.0, "requestName", "requestName") }
    /// `resourceName`.
    pub fn resource_name(self) -> Option<Text<'a>> { one(self.0, "resourceName", "resourceName") }
}

/// `k8s.ContainerPort`.
#[derive(Clone, Copy, Debug)]
pub struct ContainerPort<'a>(pub Node<'a>);
view!(ContainerPort);
impl<'a> ContainerPort<'a> {
    /// `containerPort`.
    pub fn container_port(self) -> Option<i64> { one(self.0, "containerPort", "containerPort") }
    /// `hostIP`.
    pub fn host_ip(self) -> Option<Text<'a>> { one(self.0, "hostIP", "hostIP") }
    /// `hostPort`.
    pub fn host_port(self) -> Option<i64> { one(self.0, "hostPort", "hostPort") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `protocol`.
    pub fn protocol(self) -> Option<Text<'a>> { one(self.0, "protocol", "protocol") }
}

/// `k8s.ContainerRestartRule`.
#[derive(Clone, Copy, Debug)]
pub struct ContainerRestartRule<'a>(pub Node<'a>);
view!(ContainerRestartRule);
impl<'a> ContainerRestartRule<'a> {
    /// `action`.
    pub fn action(self) -> Option<Text<'a>> { one(self.0, "action", "action") }
    /// `exitCodes`.
    pub fn exit_codes(self) -> Option<ContainerRestartRuleOnExitCodes<'a>> { one(self.0, "exitCodes", "exitCodes") }
}

/// `k8s.ContainerRestartRuleOnExitCodes`.
#[derive(Clone, Copy, Debug)]
pub struct ContainerRestartRuleOnExitCodes<'a>(pub Node<'a>);
view!(ContainerRestartRuleOnExitCodes);
impl<'a> ContainerRestartRuleOnExitCodes<'a> {
    /// `operator`.
    pub fn operator(self) -> Option<Text<'a>> { one(self.0, "operator", "operator") }
    /// `values`.
    pub fn values(self) -> List<'a, i64> { list(self.0, "values", "values") }
}

/// `k8s.CronJob`.
#[derive(Clone, Copy, Debug)]
pub struct CronJob<'a>(pub Node<'a>);
view!(CronJob);
impl<'a> CronJob<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<CronJobSpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<CronJobStatus<'a>> { one(self.0, "status", "status") }
}

/// `k8s.CronJobSpec`.
#[derive(Clone, Copy, Debug)]
pub struct CronJobSpec<'a>(pub Node<'a>);
view!(CronJobSpec);
impl<'a> CronJobSpec<'a> {
    /// `concurrencyPolicy`.
    pub fn concurrency_policy(self) -> Option<Text<'a>> { one(self.0, "concurrencyPolicy", "concurrencyPolicy") }
    /// `failedJobsHistoryLimit`.
    pub fn failed_jobs_history_limit(self) -> Option<i64> { one(self.0, "failedJobsHistoryLimit", "failedJobsHistoryLimit") }
    /// `jobTemplate`.
    pub fn job_template(self) -> Option<JobTemplateSpec<'a>> { one(self.0, "jobTemplate", "jobTemplate") }
    /// `schedule`.
    pub fn schedule(self) -> Option<Text<'a>> { one(self.0, "schedule", "schedule") }
    /// `startingDeadlineSeconds`.
    pub fn starting_deadline_seconds(self) -> Option<i64> { one(self.0, "startingDeadlineSeconds", "startingDeadlineSeconds") }
    /// `successfulJobsHistoryLimit`.
    pub fn successful_jobs_history_limit(self) -> Option<i64> { one(self.0, "successfulJobsHistoryLimit", "successfulJobsHistoryLimit") }
    /// `suspend`.
    pub fn suspend(self) -> Option<bool> { one(self.0, "suspend", "suspend") }
    /// `timeZone`.
    pub fn time_zone(self) -> Option<Text<'a>> { one(self.0, "timeZone", "timeZone") }
}

/// `k8s.CronJobStatus`.
#[derive(Clone, Copy, Debug)]
pub struct CronJobStatus<'a>(pub Node<'a>);
view!(CronJobStatus);
impl<'a> CronJobStatus<'a> {
    /// `active`.
    pub fn active(self) -> List<'a, ObjectReference<'a>> { list(self.0, "active", "active") }
    /// `lastScheduleTime`.
    pub fn last_schedule_time(self) -> Option<Text<'a>> { one(self.0, "lastScheduleTime", "lastScheduleTime") }
    /// `lastSuccessfulTime`.
    pub fn last_successful_time(self) -> Option<Text<'a>> { one(self.0, "lastSuccessfulTime", "lastSuccessfulTime") }
}

/// `k8s.DaemonSet`.
#[derive(Clone, Copy, Debug)]
pub struct DaemonSet<'a>(pub Node<'a>);
view!(DaemonSet);
impl<'a> DaemonSet<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<DaemonSetSpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<DaemonSetStatus<'a>> { one(self.0, "status", "status") }
}

/// `k8s.DaemonSetCondition`.
#[derive(Clone, Copy, Debug)]
pub struct DaemonSetCondition<'a>(pub Node<'a>);
view!(DaemonSetCondition);
impl<'a> DaemonSetCondition<'a> {
    /// `lastTransitionTime`.
    pub fn last_transition_time(self) -> Option<Text<'a>> { one(self.0, "lastTransitionTime", "lastTransitionTime") }
    /// `message`.
    pub fn message(self) -> Option<Text<'a>> { one(self.0, "message", "message") }
    /// `reason`.
    pub fn reason(self) -> Option<Text<'a>> { one(self.0, "reason", "reason") }
    /// `status`.
    pub fn status(self) -> Option<Text<'a>> { one(self.0, "status", "status") }
    /// `type`.
    pub fn type_(self) -> Option<Text<'a>> { one(self.0, "type", "type") }
}

/// `k8s.DaemonSetSpec`.
#[derive(Clone, Copy, Debug)]
pub struct DaemonSetSpec<'a>(pub Node<'a>);
view!(DaemonSetSpec);
impl<'a> DaemonSetSpec<'a> {
    /// `minReadySeconds`.
    pub fn min_ready_seconds(self) -> Option<i64> { one(self.0, "minReadySeconds", "minReadySeconds") }
    /// `revisionHistoryLimit`.
    pub fn revision_history_limit(self) -> Option<i64> { one(self.0, "revisionHistoryLimit", "revisionHistoryLimit") }
    /// `selector`.
    pub fn selector(self) -> Option<LabelSelector<'a>> { one(self.0, "selector", "selector") }
    /// `template`.
    pub fn template(self) -> Option<PodTemplateSpec<'a>> { one(self.0, "template", "template") }
    /// `updateStrategy`.
    pub fn update_strategy(self) -> Option<DaemonSetUpdateStrategy<'a>> { one(self.0, "updateStrategy", "updateStrategy") }
}

/// `k8s.DaemonSetStatus`.
#[derive(Clone, Copy, Debug)]
pub struct DaemonSetStatus<'a>(pub Node<'a>);
view!(DaemonSetStatus);
impl<'a> DaemonSetStatus<'a> {
    /// `collisionCount`.
    pub fn collision_count(self) -> Option<i64> { one(self.0, "collisionCount", "collisionCount") }
    /// `conditions`.
    pub fn conditions(self) -> List<'a, DaemonSetCondition<'a>> { list(self.0, "conditions", "conditions") }
    /// `currentNumberScheduled`.
    pub fn current_number_scheduled(self) -> Option<i64> { one(self.0, "currentNumberScheduled", "currentNumberScheduled") }
    /// `desiredNumberScheduled`.
    pub fn desired_number_scheduled(self) -> Option<i64> { one(self.0, "desiredNumberScheduled", "desiredNumberScheduled") }
    /// `numberAvailable`.
    pub fn number_available(self) -> Option<i64> { one(self.0, "numberAvailable", "numberAvailable") }
    /// `numberMisscheduled`.
    pub fn number_misscheduled(self) -> Option<i64> { one(self.0, "numberMisscheduled", "numberMisscheduled") }
    /// `numberReady`.
    pub fn number_ready(self) -> Option<i64> { one(self.0, "numberReady", "numberReady") }
    /// `numberUnavailable`.
    pub fn number_unavailable(self) -> Option<i64> { one(self.0, "numberUnavailable", "numberUnavailable") }
    /// `observedGeneration`.
    pub fn observed_generation(self) -> Option<i64> { one(self.0, "observedGeneration", "observedGeneration") }
    /// `updatedNumberScheduled`.
    pub fn updated_number_scheduled(self) -> Option<i64> { one(self.0, "updatedNumberScheduled", "updatedNumberScheduled") }
}

/// `k8s.DaemonSetUpdateStrategy`.
#[derive(Clone, Copy, Debug)]
pub struct DaemonSetUpdateStrategy<'a>(pub Node<'a>);
view!(DaemonSetUpdateStrategy);
impl<'a> DaemonSetUpdateStrategy<'a> {
    /// `rollingUpdate`.
    pub fn rolling_update(self) -> Option<RollingUpdateDaemonSet<'a>> { one(self.0, "rollingUpdate", "rollingUpdate") }
    /// `type`.
    pub fn type_(self) -> Option<Text<'a>> { one(self.0, "type", "type") }
}

/// `k8s.Deployment`.
#[derive(Clone, Copy, Debug)]
pub struct Deployment<'a>(pub Node<'a>);
view!(Deployment);
impl<'a> Deployment<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<DeploymentSpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<DeploymentStatus<'a>> { one(self.0, "status", "status") }
}

/// `k8s.DeploymentCondition`.
#[derive(Clone, Copy, Debug)]
pub struct DeploymentCondition<'a>(pub Node<'a>);
view!(DeploymentCondition);
impl<'a> DeploymentCondition<'a> {
    /// `lastTransitionTime`.
    pub fn last_transition_time(self) -> Option<Text<'a>> { one(self.0, "lastTransitionTime", "lastTransitionTime") }
    /// `lastUpdateTime`.
    pub fn last_update_time(self) -> Option<Text<'a>> { one(self.0, "lastUpdateTime", "lastUpdateTime") }
    /// `message`.
    pub fn message(self) -> Option<Text<'a>> { one(self.0, "message", "message") }
    /// `reason`.
    pub fn reason(self) -> Option<Text<'a>> { one(self.0, "reason", "reason") }
    /// `status`.
    pub fn status(self) -> Option<Text<'a>> { one(self.0, "status", "status") }
    /// `type`.
    pub fn type_(self) -> Option<Text<'a>> { one(self.0, "type", "type") }
}

/// `k8s.DeploymentSpec`.
#[derive(Clone, Copy, Debug)]
pub struct DeploymentSpec<'a>(pub Node<'a>);
view!(DeploymentSpec);
impl<'a> DeploymentSpec<'a> {
    /// `minReadySeconds`.
    pub fn min_ready_seconds(self) -> Option<i64> { one(self.0, "minReadySeconds", "minReadySeconds") }
    /// `paused`.
    pub fn paused(self) -> Option<bool> { one(self.0, "paused", "paused") }
    /// `progressDeadlineSeconds`.
    pub fn progress_deadline_seconds(self) -> Option<i64> { one(self.0, "progressDeadlineSeconds", "progressDeadlineSeconds") }
    /// `replicas`.
    pub fn replicas(self) -> Option<i64> { one(self.0, "replicas", "replicas") }
    /// `revisionHistoryLimit`.
    pub fn revision_history_limit(self) -> Option<i64> { one(self.0, "revisionHistoryLimit", "revisionHistoryLimit") }
    /// `selector`.
    pub fn selector(self) -> Option<LabelSelector<'a>> { one(self.0, "selector", "selector") }
    /// `strategy`.
    pub fn strategy(self) -> Option<DeploymentStrategy<'a>> { one(self.0, "strategy", "strategy") }
    /// `template`.
    pub fn template(self) -> Option<PodTemplateSpec<'a>> { one(self.0, "template", "template") }
}

/// `k8s.DeploymentStatus`.
#[derive(Clone, Copy, Debug)]
pub struct DeploymentStatus<'a>(pub Node<'a>);
view!(DeploymentStatus);
impl<'a> DeploymentStatus<'a> {
    /// `availableReplicas`.
    pub fn available_replicas(self) -> Option<i64> { one(self.0, "availableReplicas", "availableReplicas") }
    /// `collisionCount`.
    pub fn collision_count(self) -> Option<i64> { one(self.0, "collisionCount", "collisionCount") }
    /// `conditions`.
    pub fn conditions(self) -> List<'a, DeploymentCondition<'a>> { list(self.0, "conditions", "conditions") }
    /// `observedGeneration`.
    pub fn observed_generation(self) -> Option<i64> { one(self.0, "observedGeneration", "observedGeneration") }
    /// `readyReplicas`.
    pub fn ready_replicas(self) -> Option<i64> { one(self.0, "readyReplicas", "readyReplicas") }
    /// `replicas`.
    pub fn replicas(self) -> Option<i64> { one(self.0, "replicas", "replicas") }
    /// `terminatingReplicas`.
    pub fn terminating_replicas(self) -> Option<i64> { one(self.0, "terminatingReplicas", "terminatingReplicas") }
    /// `unavailableReplicas`.
    pub fn unavailable_replicas(self) -> Option<i64> { one(self.0, "unavailableReplicas", "unavailableReplicas") }
    /// `updatedReplicas`.
    pub fn updated_replicas(self) -> Option<i64> { one(self.0, "updatedReplicas", "updatedReplicas") }
}

/// `k8s.DeploymentStrategy`.
#[derive(Clone, Copy, Debug)]
pub struct DeploymentStrategy<'a>(pub Node<'a>);
view!(DeploymentStrategy);
impl<'a> DeploymentStrategy<'a> {
    /// `rollingUpdate`.
    pub fn rolling_update(self) -> Option<RollingUpdateDeployment<'a>> { one(self.0, "rollingUpdate", "rollingUpdate") }
    /// `type`.
    pub fn type_(self) -> Option<Text<'a>> { one(self.0, "type", "type") }
}

/// `k8s.Endpoint`.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint<'a>(pub Node<'a>);
view!(Endpoint);
impl<'a> Endpoint<'a> {
    /// `addresses`.
    pub fn addresses(self) -> List<'a, Text<'a>> { list(self.0, "addresses", "addresses") }
    /// `conditions`.
    pub fn conditions(self) -> Option<EndpointConditions<'a>> { one(self.0, "conditions", "conditions") }
    /// `deprecatedTopology`.
    pub fn deprecated_topology(self) -> Entries<'a, Text<'a>> { entries(self.0, "deprecatedTopology", "deprecatedTopology") }
    /// `hints`.
    pub fn hints(self) -> Option<EndpointHints<'a>> { one(self.0, "hints", "hints") }
    /// `hostname`.
    pub fn hostname(self) -> Option<Text<'a>> { one(self.0, "hostname", "hostname") }
    /// `nodeName`.
    pub fn node_name(self) -> Option<Text<'a>> { one(self.0, "nodeName", "nodeName") }
    /// `targetRef`.
    pub fn target_ref(self) -> Option<ObjectReference<'a>> { one(self.0, "targetRef", "targetRef") }
    /// `zone`.
    pub fn zone(self) -> Option<Text<'a>> { one(self.0, "zone", "zone") }
}

/// `k8s.EndpointAddress`.
#[derive(Clone, Copy, Debug)]
pub struct EndpointAddress<'a>(pub Node<'a>);
view!(EndpointAddress);
impl<'a> EndpointAddress<'a> {
    /// `hostname`.
    pub fn hostname(self) -> Option<Text<'a>> { one(self.0, "hostname", "hostname") }
    /// `ip`.
    pub fn ip(self) -> Option<Text<'a>> { one(self.0, "ip", "ip") }
    /// `nodeName`.
    pub fn node_name(self) -> Option<Text<'a>> { one(self.0, "nodeName", "nodeName") }
    /// `targetRef`.
    pub fn target_ref(self) -> Option<ObjectReference<'a>> { one(self.0, "targetRef", "targetRef") }
}

/// `k8s.EndpointConditions`.
#[derive(Clone, Copy, Debug)]
pub struct EndpointConditions<'a>(pub Node<'a>);
view!(EndpointConditions);
impl<'a> EndpointConditions<'a> {
    /// `ready`.
    pub fn ready(self) -> Option<bool> { one(self.0, "ready", "ready") }
    /// `serving`.
    pub fn serving(self) -> Option<bool> { one(self.0, "serving", "serving") }
    /// `terminating`.
    pub fn terminating(self) -> Option<bool> { one(self.0, "terminating", "terminating") }
}

/// `k8s.EndpointHints`.
#[derive(Clone, Copy, Debug)]
pub struct EndpointHints<'a>(pub Node<'a>);
view!(EndpointHints);
impl<'a> EndpointHints<'a> {
    /// `forNodes`.
    pub fn for_nodes(self) -> List<'a, ForNode<'a>> { list(self.0, "forNodes", "forNodes") }
    /// `forZones`.
    pub fn for_zones(self) -> List<'a, ForZone<'a>> { list(self.0, "forZones", "forZones") }
}

/// `k8s.EndpointPort`.
#[derive(Clone, Copy, Debug)]
pub struct EndpointPort<'a>(pub Node<'a>);
view!(EndpointPort);
impl<'a> EndpointPort<'a> {
    /// `appProtocol`.
    pub fn app_protocol(self) -> Option<Text<'a>> { one(self.0, "appProtocol", "appProtocol") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `protocol`.
    pub fn protocol(self) -> Option<Text<'a>> { one(self.0, "protocol", "protocol") }
}

/// `k8s.EndpointSlice`.
#[derive(Clone, Copy, Debug)]
pub struct EndpointSlice<'a>(pub Node<'a>);
view!(EndpointSlice);
impl<'a> EndpointSlice<'a> {
    /// `addressType`.
    pub fn address_type(self) -> Option<Text<'a>> { one(self.0, "addressType", "addressType") }
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `endpoints`.
    pub fn endpoints(self) -> List<'a, Endpoint<'a>> { list(self.0, "endpoints", "endpoints") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `ports`.
    pub fn ports(self) -> List<'a, EndpointSlicePort<'a>> { list(self.0, "ports", "ports") }
}

/// `k8s.EndpointSlicePort`.
#[derive(Clone, Copy, Debug)]
pub struct EndpointSlicePort<'a>(pub Node<'a>);
view!(EndpointSlicePort);
impl<'a> EndpointSlicePort<'a> {
    /// `appProtocol`.
    pub fn app_protocol(self) -> Option<Text<'a>> { one(self.0, "appProtocol", "appProtocol") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `protocol`.
    pub fn protocol(self) -> Option<Text<'a>> { one(self.0, "protocol", "protocol") }
}

/// `k8s.EndpointSubset`.
#[derive(Clone, Copy, Debug)]
pub struct EndpointSubset<'a>(pub Node<'a>);
view!(EndpointSubset);
impl<'a> EndpointSubset<'a> {
    /// `addresses`.
    pub fn addresses(self) -> List<'a, EndpointAddress<'a>> { list(self.0, "addresses", "addresses") }
    /// `notReadyAddresses`.
    pub fn not_ready_addresses(self) -> List<'a, EndpointAddress<'a>> { list(self.0, "notReadyAddresses", "notReadyAddresses") }
    /// `ports`.
    pub fn ports(self) -> List<'a, EndpointPort<'a>> { list(self.0, "ports", "ports") }
}

/// `k8s.Endpoints`.
#[derive(Clone, Copy, Debug)]
pub struct Endpoints<'a>(pub Node<'a>);
view!(Endpoints);
impl<'a> Endpoints<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `subsets`.
    pub fn subsets(self) -> List<'a, EndpointSubset<'a>> { list(self.0, "subsets", "subsets") }
}

/// `k8s.EnvFromSource`.
#[derive(Clone, Copy, Debug)]
pub struct EnvFromSource<'a>(pub Node<'a>);
view!(EnvFromSource);
impl<'a> EnvFromSource<'a> {
    /// `configMapRef`.
    pub fn config_map_ref(self) -> Option<ConfigMapEnvSource<'a>> { one(self.0, "configMapRef", "configMapRef") }
    /// `prefix`.
    pub fn prefix(self) -> Option<Text<'a>> { one(self.0, "prefix", "prefix") }
    /// `secretRef`.
    pub fn secret_ref(self) -> Option<SecretEnvSource<'a>> { one(self.0, "secretRef", "secretRef") }
}

/// `k8s.EnvVar`.
#[derive(Clone, Copy, Debug)]
pub struct EnvVar<'a>(pub Node<'a>);
view!(EnvVar);
impl<'a> EnvVar<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `value`.
    pub fn value(self) -> Option<Text<'a>> { one(self.0, "value", "value") }
    /// `valueFrom`.
    pub fn value_from(self) -> Option<EnvVarSource<'a>> { one(self.0, "valueFrom", "valueFrom") }
}

/// `k8s.EnvVarSource`.
#[derive(Clone, Copy, Debug)]
pub struct EnvVarSource<'a>(pub Node<'a>);
view!(EnvVarSource);
impl<'a> EnvVarSource<'a> {
    /// `configMapKeyRef`.
    pub fn config_map_key_ref(self) -> Option<ConfigMapKeySelector<'a>> { one(self.0, "configMapKeyRef", "configMapKeyRef") }
    /// `fieldRef`.
    pub fn field_ref(self) -> Option<ObjectFieldSelector<'a>> { one(self.0, "fieldRef", "fieldRef") }
    /// `fileKeyRef`.
    pub fn file_key_ref(self) -> Option<FileKeySelector<'a>> { one(self.0, "fileKeyRef", "fileKeyRef") }
    /// `resourceFieldRef`.
    pub fn resource_field_ref(self) -> Option<ResourceFieldSelector<'a>> { one(self.0, "resourceFieldRef", "resourceFieldRef") }
    /// `secretKeyRef`.
    pub fn secret_key_ref(self) -> Option<SecretKeySelector<'a>> { one(self.0, "secretKeyRef", "secretKeyRef") }
}

/// `k8s.ExecAction`.
#[derive(Clone, Copy, Debug)]
pub struct ExecAction<'a>(pub Node<'a>);
view!(ExecAction);
impl<'a> ExecAction<'a> {
    /// `command`.
    pub fn command(self) -> List<'a, Text<'a>> { list(self.0, "command", "command") }
}

/// `k8s.FileKeySelector`.
#[derive(Clone, Copy, Debug)]
pub struct FileKeySelector<'a>(pub Node<'a>);
view!(FileKeySelector);
impl<'a> FileKeySelector<'a> {
    /// `key`.
    pub fn key(self) -> Option<Text<'a>> { one(self.0, "key", "key") }
    /// `optional`.
    pub fn optional(self) -> Option<bool> { one(self.0, "optional", "optional") }
    /// `path`.
    pub fn path(self) -> Option<Text<'a>> { one(self.0, "path", "path") }
    /// `volumeName`.
    pub fn volume_name(self) -> Option<Text<'a>> { one(self.0, "volumeName", "volumeName") }
}

/// `k8s.ForNode`.
#[derive(Clone, Copy, Debug)]
pub struct ForNode<'a>(pub Node<'a>);
view!(ForNode);
impl<'a> ForNode<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `k8s.ForZone`.
#[derive(Clone, Copy, Debug)]
pub struct ForZone<'a>(pub Node<'a>);
view!(ForZone);
impl<'a> ForZone<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `k8s.GRPCAction`.
#[derive(Clone, Copy, Debug)]
pub struct GRPCAction<'a>(pub Node<'a>);
view!(GRPCAction);
impl<'a> GRPCAction<'a> {
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `service`.
    pub fn service(self) -> Option<Text<'a>> { one(self.0, "service", "service") }
}

/// `k8s.HTTPGetAction`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPGetAction<'a>(pub Node<'a>);
view!(HTTPGetAction);
impl<'a> HTTPGetAction<'a> {
    /// `host`.
    pub fn host(self) -> Option<Text<'a>> { one(self.0, "host", "host") }
    /// `httpHeaders`.
    pub fn http_headers(self) -> List<'a, HTTPHeader<'a>> { list(self.0, "httpHeaders", "httpHeaders") }
    /// `path`.
    pub fn path(self) -> Option<Text<'a>> { one(self.0, "path", "path") }
    /// `port`.
    pub fn port(self) -> Option<IntOrString<'a>> { one(self.0, "port", "port") }
    /// `scheme`.
    pub fn scheme(self) -> Option<Text<'a>> { one(self.0, "scheme", "scheme") }
}

/// `k8s.HTTPHeader`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPHeader<'a>(pub Node<'a>);
view!(HTTPHeader);
impl<'a> HTTPHeader<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `value`.
    pub fn value(self) -> Option<Text<'a>> { one(self.0, "value", "value") }
}

/// `k8s.HTTPIngressPath`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPIngressPath<'a>(pub Node<'a>);
view!(HTTPIngressPath);
impl<'a> HTTPIngressPath<'a> {
    /// `backend`.
    pub fn backend(self) -> Option<IngressBackend<'a>> { one(self.0, "backend", "backend") }
    /// `path`.
    pub fn path(self) -> Option<Text<'a>> { one(self.0, "path", "path") }
    /// `pathType`.
    pub fn path_type(self) -> Option<Text<'a>> { one(self.0, "pathType", "pathType") }
}

/// `k8s.HTTPIngressRuleValue`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPIngressRuleValue<'a>(pub Node<'a>);
view!(HTTPIngressRuleValue);
impl<'a> HTTPIngressRuleValue<'a> {
    /// `paths`.
    pub fn paths(self) -> List<'a, HTTPIngressPath<'a>> { list(self.0, "paths", "paths") }
}

/// `k8s.HostAlias`.
#[derive(Clone, Copy, Debug)]
pub struct HostAlias<'a>(pub Node<'a>);
view!(HostAlias);
impl<'a> HostAlias<'a> {
    /// `hostnames`.
    pub fn hostnames(self) -> List<'a, Text<'a>> { list(self.0, "hostnames", "hostnames") }
    /// `ip`.
    pub fn ip(self) -> Option<Text<'a>> { one(self.0, "ip", "ip") }
}

/// `k8s.HostIP`.
#[derive(Clone, Copy, Debug)]
pub struct HostIP<'a>(pub Node<'a>);
view!(HostIP);
impl<'a> HostIP<'a> {
    /// `ip`.
    pub fn ip(self) -> Option<Text<'a>> { one(self.0, "ip", "ip") }
}

/// `k8s.Ingress`.
#[derive(Clone, Copy, Debug)]
pub struct Ingress<'a>(pub Node<'a>);
view!(Ingress);
impl<'a> Ingress<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<IngressSpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<IngressStatus<'a>> { one(self.0, "status", "status") }
}

/// `k8s.IngressBackend`.
#[derive(Clone, Copy, Debug)]
pub struct IngressBackend<'a>(pub Node<'a>);
view!(IngressBackend);
impl<'a> IngressBackend<'a> {
    /// `resource`.
    pub fn resource(self) -> Option<TypedLocalObjectReference<'a>> { one(self.0, "resource", "resource") }
    /// `service`.
    pub fn service(self) -> Option<IngressServiceBackend<'a>> { one(self.0, "service", "service") }
}

/// `k8s.IngressClass`.
#[derive(Clone, Copy, Debug)]
pub struct IngressClass<'a>(pub Node<'a>);
view!(IngressClass);
impl<'a> IngressClass<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<IngressClassSpec<'a>> { one(self.0, "spec", "spec") }
}

/// `k8s.IngressClassParametersReference`.
#[derive(Clone, Copy, Debug)]
pub struct IngressClassParametersReference<'a>(pub Node<'a>);
view!(IngressClassParametersReference);
impl<'a> IngressClassParametersReference<'a> {
    /// `apiGroup`.
    pub fn api_group(self) -> Option<Text<'a>> { one(self.0, "apiGroup", "apiGroup") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `namespace`.
    pub fn namespace(self) -> Option<Text<'a>> { one(self.0, "namespace", "namespace") }
    /// `scope`.
    pub fn scope(self) -> Option<Text<'a>> { one(self.0, "scope", "scope") }
}

/// `k8s.IngressClassSpec`.
#[derive(Clone, Copy, Debug)]
pub struct IngressClassSpec<'a>(pub Node<'a>);
view!(IngressClassSpec);
impl<'a> IngressClassSpec<'a> {
    /// `controller`.
    pub fn controller(self) -> Option<Text<'a>> { one(self.0, "controller", "controller") }
    /// `parameters`.
    pub fn parameters(self) -> Option<IngressClassParametersReference<'a>> { one(self.0, "parameters", "parameters") }
}

/// `k8s.IngressLoadBalancerIngress`.
#[derive(Clone, Copy, Debug)]
pub struct IngressLoadBalancerIngress<'a>(pub Node<'a>);
view!(IngressLoadBalancerIngress);
impl<'a> IngressLoadBalancerIngress<'a> {
    /// `hostname`.
    pub fn hostname(self) -> Option<Text<'a>> { one(self.0, "hostname", "hostname") }
    /// `ip`.
    pub fn ip(self) -> Option<Text<'a>> { one(self.0, "ip", "ip") }
    /// `ports`.
    pub fn ports(self) -> List<'a, IngressPortStatus<'a>> { list(self.0, "ports", "ports") }
}

/// `k8s.IngressLoadBalancerStatus`.
#[derive(Clone, Copy, Debug)]
pub struct IngressLoadBalancerStatus<'a>(pub Node<'a>);
view!(IngressLoadBalancerStatus);
impl<'a> IngressLoadBalancerStatus<'a> {
    /// `ingress`.
    pub fn ingress(self) -> List<'a, IngressLoadBalancerIngress<'a>> { list(self.0, "ingress", "ingress") }
}

/// `k8s.IngressPortStatus`.
#[derive(Clone, Copy, Debug)]
pub struct IngressPortStatus<'a>(pub Node<'a>);
view!(IngressPortStatus);
impl<'a> IngressPortStatus<'a> {
    /// `error`.
    pub fn error(self) -> Option<Text<'a>> { one(self.0, "error", "error") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `protocol`.
    pub fn protocol(self) -> Option<Text<'a>> { one(self.0, "protocol", "protocol") }
}

/// `k8s.IngressRule`.
#[derive(Clone, Copy, Debug)]
pub struct IngressRule<'a>(pub Node<'a>);
view!(IngressRule);
impl<'a> IngressRule<'a> {
    /// `host`.
    pub fn host(self) -> Option<Text<'a>> { one(self.0, "host", "host") }
    /// `http`.
    pub fn http(self) -> Option<HTTPIngressRuleValue<'a>> { one(self.0, "http", "http") }
}

/// `k8s.IngressServiceBackend`.
#[derive(Clone, Copy, Debug)]
pub struct IngressServiceBackend<'a>(pub Node<'a>);
view!(IngressServiceBackend);
impl<'a> IngressServiceBackend<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `port`.
    pub fn port(self) -> Option<ServiceBackendPort<'a>> { one(self.0, "port", "port") }
}

/// `k8s.IngressSpec`.
#[derive(Clone, Copy, Debug)]
pub struct IngressSpec<'a>(pub Node<'a>);
view!(IngressSpec);
impl<'a> IngressSpec<'a> {
    /// `defaultBackend`.
    pub fn default_backend(self) -> Option<IngressBackend<'a>> { one(self.0, "defaultBackend", "defaultBackend") }
    /// `ingressClassName`.
    pub fn ingress_class_name(self) -> Option<Text<'a>> { one(self.0, "ingressClassName", "ingressClassName") }
    /// `rules`.
    pub fn rules(self) -> List<'a, IngressRule<'a>> { list(self.0, "rules", "rules") }
    /// `tls`.
    pub fn tls(self) -> List<'a, IngressTLS<'a>> { list(self.0, "tls", "tls") }
}

/// `k8s.IngressStatus`.
#[derive(Clone, Copy, Debug)]
pub struct IngressStatus<'a>(pub Node<'a>);
view!(IngressStatus);
impl<'a> IngressStatus<'a> {
    /// `loadBalancer`.
    pub fn load_balancer(self) -> Option<IngressLoadBalancerStatus<'a>> { one(self.0, "loadBalancer", "loadBalancer") }
}

/// `k8s.IngressTLS`.
#[derive(Clone, Copy, Debug)]
pub struct IngressTLS<'a>(pub Node<'a>);
view!(IngressTLS);
impl<'a> IngressTLS<'a> {
    /// `hosts`.
    pub fn hosts(self) -> List<'a, Text<'a>> { list(self.0, "hosts", "hosts") }
    /// `secretName`.
    pub fn secret_name(self) -> Option<Text<'a>> { one(self.0, "secretName", "secretName") }
}

/// `k8s.Job`.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a>(pub Node<'a>);
view!(Job);
impl<'a> Job<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<JobSpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<Node<'a>> { one(self.0, "status", "status") }
}

/// `k8s.JobSpec`.
#[derive(Clone, Copy, Debug)]
pub struct JobSpec<'a>(pub Node<'a>);
view!(JobSpec);
impl<'a> JobSpec<'a> {
    /// `activeDeadlineSeconds`.
    pub fn active_deadline_seconds(self) -> Option<i64> { one(self.0, "activeDeadlineSeconds", "activeDeadlineSeconds") }
    /// `backoffLimit`.
    pub fn backoff_limit(self) -> Option<i64> { one(self.0, "backoffLimit", "backoffLimit") }
    /// `backoffLimitPerIndex`.
    pub fn backoff_limit_per_index(self) -> Option<i64> { one(self.0, "backoffLimitPerIndex", "backoffLimitPerIndex") }
    /// `completionMode`.
    pub fn completion_mode(self) -> Option<Text<'a>> { one(self.0, "completionMode", "completionMode") }
    /// `completions`.
    pub fn completions(self) -> Option<i64> { one(self.0, "completions", "completions") }
    /// `managedBy`.
    pub fn managed_by(self) -> Option<Text<'a>> { one(self.0, "managedBy", "managedBy") }
    /// `manualSelector`.
    pub fn manual_selector(self) -> Option<bool> { one(self.0, "manualSelector", "manualSelector") }
    /// `maxFailedIndexes`.
    pub fn max_failed_indexes(self) -> Option<i64> { one(self.0, "maxFailedIndexes", "maxFailedIndexes") }
    /// `parallelism`.
    pub fn parallelism(self) -> Option<i64> { one(self.0, "parallelism", "parallelism") }
    /// `podFailurePolicy`.
    pub fn pod_failure_policy(self) -> Option<Node<'a>> { one(self.0, "podFailurePolicy", "podFailurePolicy") }
    /// `podReplacementPolicy`.
    pub fn pod_replacement_policy(self) -> Option<Text<'a>> { one(self.0, "podReplacementPolicy", "podReplacementPolicy") }
    /// `selector`.
    pub fn selector(self) -> Option<LabelSelector<'a>> { one(self.0, "selector", "selector") }
    /// `successPolicy`.
    pub fn success_policy(self) -> Option<SuccessPolicy<'a>> { one(self.0, "successPolicy", "successPolicy") }
    /// `suspend`.
    pub fn suspend(self) -> Option<bool> { one(self.0, "suspend", "suspend") }
    /// `template`.
    pub fn template(self) -> Option<PodTemplateSpec<'a>> { one(self.0, "template", "template") }
    /// `ttlSecondsAfterFinished`.
    pub fn ttl_seconds_after_finished(self) -> Option<i64> { one(self.0, "ttlSecondsAfterFinished", "ttlSecondsAfterFinished") }
}

/// `k8s.JobTemplateSpec`.
#[derive(Clone, Copy, Debug)]
pub struct JobTemplateSpec<'a>(pub Node<'a>);
view!(JobTemplateSpec);
impl<'a> JobTemplateSpec<'a> {
    /// `metadata`.
    pub fn metadata(self) -> Option<ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<JobSpec<'a>> { one(self.0, "spec", "spec") }
}

/// `k8s.LabelSelector`.
#[derive(Clone, Copy, Debug)]
pub struct LabelSelector<'a>(pub Node<'a>);
view!(LabelSelector);
impl<'a> LabelSelector<'a> {
    /// `matchExpressions`.
    pub fn match_expressions(self) -> List<'a, LabelSelectorRequirement<'a>> { list(self.0, "matchExpressions", "matchExpressions") }
    /// `matchLabels`.
    pub fn match_labels(self) -> Entries<'a, Text<'a>> { entries(self.0, "matchLabels", "matchLabels") }
}

/// `k8s.LabelSelectorRequirement`.
#[derive(Clone, Copy, Debug)]
pub struct LabelSelectorRequirement<'a>(pub Node<'a>);
view!(LabelSelectorRequirement);
impl<'a> LabelSelectorRequirement<'a> {
    /// `key`.
    pub fn key(self) -> Option<Text<'a>> { one(self.0, "key", "key") }
    /// `operator`.
    pub fn operator(self) -> Option<Text<'a>> { one(self.0, "operator", "operator") }
    /// `values`.
    pub fn values(self) -> List<'a, Text<'a>> { list(self.0, "values", "values") }
}

/// `k8s.LoadBalancerIngress`.
#[derive(Clone, Copy, Debug)]
pub struct LoadBalancerIngress<'a>(pub Node<'a>);
view!(LoadBalancerIngress);
impl<'a> LoadBalancerIngress<'a> {
    /// `hostname`.
    pub fn hostname(self) -> Option<Text<'a>> { one(self.0, "hostname", "hostname") }
    /// `ip`.
    pub fn ip(self) -> Option<Text<'a>> { one(self.0, "ip", "ip") }
    /// `ipMode`.
    pub fn ip_mode(self) -> Option<Text<'a>> { one(self.0, "ipMode", "ipMode") }
    /// `ports`.
    pub fn ports(self) -> List<'a, PortStatus<'a>> { list(self.0, "ports", "ports") }
}

/// `k8s.LoadBalancerStatus`.
#[derive(Clone, Copy, Debug)]
pub struct LoadBalancerStatus<'a>(pub Node<'a>);
view!(LoadBalancerStatus);
impl<'a> LoadBalancerStatus<'a> {
    /// `ingress`.
    pub fn ingress(self) -> List<'a, LoadBalancerIngress<'a>> { list(self.0, "ingress", "ingress") }
}

/// `k8s.LocalObjectReference`.
#[derive(Clone, Copy, Debug)]
pub struct LocalObjectReference<'a>(pub Node<'a>);
view!(LocalObjectReference);
impl<'a> LocalObjectReference<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `k8s.Namespace`.
#[derive(Clone, Copy, Debug)]
pub struct Namespace<'a>(pub Node<'a>);
view!(Namespace);
impl<'a> Namespace<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<NamespaceSpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<NamespaceStatus<'a>> { one(self.0, "status", "status") }
}

/// `k8s.NamespaceCondition`.
#[derive(Clone, Copy, Debug)]
pub struct NamespaceCondition<'a>(pub Node<'a>);
view!(NamespaceCondition);
impl<'a> NamespaceCondition<'a> {
    /// `lastTransitionTime`.
    pub fn last_transition_time(self) -> Option<Text<'a>> { one(self.0, "lastTransitionTime", "lastTransitionTime") }
    /// `message`.
    pub fn message(self) -> Option<Text<'a>> { one(self.0, "message", "message") }
    /// `reason`.
    pub fn reason(self) -> Option<Text<'a>> { one(self.0, "reason", "reason") }
    /// `status`.
    pub fn status(self) -> Option<Text<'a>> { one(self.0, "status", "status") }
    /// `type`.
    pub fn type_(self) -> Option<Text<'a>> { one(self.0, "type", "type") }
}

/// `k8s.NamespaceSpec`.
#[derive(Clone, Copy, Debug)]
pub struct NamespaceSpec<'a>(pub Node<'a>);
view!(NamespaceSpec);
impl<'a> NamespaceSpec<'a> {
    /// `finalizers`.
    pub fn finalizers(self) -> List<'a, Text<'a>> { list(self.0, "finalizers", "finalizers") }
}

/// `k8s.NamespaceStatus`.
#[derive(Clone, Copy, Debug)]
pub struct NamespaceStatus<'a>(pub Node<'a>);
view!(NamespaceStatus);
impl<'a> NamespaceStatus<'a> {
    /// `conditions`.
    pub fn conditions(self) -> List<'a, NamespaceCondition<'a>> { list(self.0, "conditions", "conditions") }
    /// `phase`.
    pub fn phase(self) -> Option<Text<'a>> { one(self.0, "phase", "phase") }
}

/// `k8s.Node`.
#[derive(Clone, Copy, Debug)]
pub struct KubeNode<'a>(pub Node<'a>);
view!(KubeNode);
impl<'a> KubeNode<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<Node<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<Node<'a>> { one(self.0, "status", "status") }
}

/// `k8s.NodeAllocatableResourceClaimStatus`.
#[derive(Clone, Copy, Debug)]
pub struct NodeAllocatableResourceClaimStatus<'a>(pub Node<'a>);
view!(NodeAllocatableResourceClaimStatus);
impl<'a> NodeAllocatableResourceClaimStatus<'a> {
    /// `containers`.
    pub fn containers(self) -> List<'a, Text<'a>> { list(self.0, "containers", "containers") }
    /// `resourceClaimName`.
    pub fn resource_claim_name(self) -> Option<Text<'a>> { one(self.0, "resourceClaimName", "resourceClaimName") }
    /// `resources`.
    pub fn resources(self) -> Entries<'a, Node<'a>> { entries(self.0, "resources", "resources") }
}

/// `k8s.ObjectFieldSelector`.
#[derive(Clone, Copy, Debug)]
pub struct ObjectFieldSelector<'a>(pub Node<'a>);
view!(ObjectFieldSelector);
impl<'a> ObjectFieldSelector<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `fieldPath`.
    pub fn field_path(self) -> Option<Text<'a>> { one(self.0, "fieldPath", "fieldPath") }
}

/// `k8s.ObjectMeta`.
#[derive(Clone, Copy, Debug)]
pub struct ObjectMeta<'a>(pub Node<'a>);
view!(ObjectMeta);
impl<'a> ObjectMeta<'a> {
    /// `annotations`.
    pub fn annotations(self) -> Entries<'a, Text<'a>> { entries(self.0, "annotations", "annotations") }
    /// `creationTimestamp`.
    pub fn creation_timestamp(self) -> Option<Text<'a>> { one(self.0, "creationTimestamp", "creationTimestamp") }
    /// `deletionGracePeriodSeconds`.
    pub fn deletion_grace_period_seconds(self) -> Option<i64> { one(self.0, "deletionGracePeriodSeconds", "deletionGracePeriodSeconds") }
    /// `deletionTimestamp`.
    pub fn deletion_timestamp(self) -> Option<Text<'a>> { one(self.0, "deletionTimestamp", "deletionTimestamp") }
    /// `finalizers`.
    pub fn finalizers(self) -> List<'a, Text<'a>> { list(self.0, "finalizers", "finalizers") }
    /// `generateName`.
    pub fn generate_name(self) -> Option<Text<'a>> { one(self.0, "generateName", "generateName") }
    /// `generation`.
    pub fn generation(self) -> Option<i64> { one(self.0, "generation", "generation") }
    /// `labels`.
    pub fn labels(self) -> Entries<'a, Text<'a>> { entries(self.0, "labels", "labels") }
    /// `managedFields`.
    pub fn managed_fields(self) -> List<'a, Node<'a>> { list(self.0, "managedFields", "managedFields") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `namespace`.
    pub fn namespace(self) -> Option<Text<'a>> { one(self.0, "namespace", "namespace") }
    /// `ownerReferences`.
    pub fn owner_references(self) -> List<'a, OwnerReference<'a>> { list(self.0, "ownerReferences", "ownerReferences") }
    /// `resourceVersion`.
    pub fn resource_version(self) -> Option<Text<'a>> { one(self.0, "resourceVersion", "resourceVersion") }
    /// `selfLink`.
    pub fn self_link(self) -> Option<Text<'a>> { one(self.0, "selfLink", "selfLink") }
    /// `uid`.
    pub fn uid(self) -> Option<Text<'a>> { one(self.0, "uid", "uid") }
}

/// `k8s.ObjectReference`.
#[derive(Clone, Copy, Debug)]
pub struct ObjectReference<'a>(pub Node<'a>);
view!(ObjectReference);
impl<'a> ObjectReference<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `fieldPath`.
    pub fn field_path(self) -> Option<Text<'a>> { one(self.0, "fieldPath", "fieldPath") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `namespace`.
    pub fn namespace(self) -> Option<Text<'a>> { one(self.0, "namespace", "namespace") }
    /// `resourceVersion`.
    pub fn resource_version(self) -> Option<Text<'a>> { one(self.0, "resourceVersion", "resourceVersion") }
    /// `uid`.
    pub fn uid(self) -> Option<Text<'a>> { one(self.0, "uid", "uid") }
}

/// `k8s.OwnerReference`.
#[derive(Clone, Copy, Debug)]
pub struct OwnerReference<'a>(pub Node<'a>);
view!(OwnerReference);
impl<'a> OwnerReference<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `blockOwnerDeletion`.
    pub fn block_owner_deletion(self) -> Option<bool> { one(self.0, "blockOwnerDeletion", "blockOwnerDeletion") }
    /// `controller`.
    pub fn controller(self) -> Option<bool> { one(self.0, "controller", "controller") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `uid`.
    pub fn uid(self) -> Option<Text<'a>> { one(self.0, "uid", "uid") }
}

/// `k8s.Pod`.
#[derive(Clone, Copy, Debug)]
pub struct Pod<'a>(pub Node<'a>);
view!(Pod);
impl<'a> Pod<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<PodSpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<PodStatus<'a>> { one(self.0, "status", "status") }
}

/// `k8s.PodCondition`.
#[derive(Clone, Copy, Debug)]
pub struct PodCondition<'a>(pub Node<'a>);
view!(PodCondition);
impl<'a> PodCondition<'a> {
    /// `lastProbeTime`.
    pub fn last_probe_time(self) -> Option<Text<'a>> { one(self.0, "lastProbeTime", "lastProbeTime") }
    /// `lastTransitionTime`.
    pub fn last_transition_time(self) -> Option<Text<'a>> { one(self.0, "lastTransitionTime", "lastTransitionTime") }
    /// `message`.
    pub fn message(self) -> Option<Text<'a>> { one(self.0, "message", "message") }
    /// `observedGeneration`.
    pub fn observed_generation(self) -> Option<i64> { one(self.0, "observedGeneration", "observedGeneration") }
    /// `reason`.
    pub fn reason(self) -> Option<Text<'a>> { one(self.0, "reason", "reason") }
    /// `status`.
    pub fn status(self) -> Option<Text<'a>> { one(self.0, "status", "status") }
    /// `type`.
    pub fn type_(self) -> Option<Text<'a>> { one(self.0, "type", "type") }
}

/// `k8s.PodExtendedResourceClaimStatus`.
#[derive(Clone, Copy, Debug)]
pub struct PodExtendedResourceClaimStatus<'a>(pub Node<'a>);
view!(PodExtendedResourceClaimStatus);
impl<'a> PodExtendedResourceClaimStatus<'a> {
    /// `requestMappings`.
    pub fn request_mappings(self) -> List<'a, ContainerExtendedResourceRequest<'a>> { list(self.0, "requestMappings", "requestMappings") }
    /// `resourceClaimName`.
    pub fn resource_claim_name(self) -> Option<Text<'a>> { one(self.0, "resourceClaimName", "resourceClaimName") }
}

/// `k8s.PodIP`.
#[derive(Clone, Copy, Debug)]
pub struct PodIP<'a>(pub Node<'a>);
view!(PodIP);
impl<'a> PodIP<'a> {
    /// `ip`.
    pub fn ip(self) -> Option<Text<'a>> { one(self.0, "ip", "ip") }
}

/// `k8s.PodOS`.
#[derive(Clone, Copy, Debug)]
pub struct PodOS<'a>(pub Node<'a>);
view!(PodOS);
impl<'a> PodOS<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `k8s.PodReadinessGate`.
#[derive(Clone, Copy, Debug)]
pub struct PodReadinessGate<'a>(pub Node<'a>);
view!(PodReadinessGate);
impl<'a> PodReadinessGate<'a> {
    /// `conditionType`.
    pub fn condition_type(self) -> Option<Text<'a>> { one(self.0, "conditionType", "conditionType") }
}

/// `k8s.PodResourceClaimStatus`.
#[derive(Clone, Copy, Debug)]
pub struct PodResourceClaimStatus<'a>(pub Node<'a>);
view!(PodResourceClaimStatus);
impl<'a> PodResourceClaimStatus<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `resourceClaimName`.
    pub fn resource_claim_name(self) -> Option<Text<'a>> { one(self.0, "resourceClaimName", "resourceClaimName") }
}

/// `k8s.PodSecurityContext`.
#[derive(Clone, Copy, Debug)]
pub struct PodSecurityContext<'a>(pub Node<'a>);
view!(PodSecurityContext);
impl<'a> PodSecurityContext<'a> {
    /// `appArmorProfile`.
    pub fn app_armor_profile(self) -> Option<AppArmorProfile<'a>> { one(self.0, "appArmorProfile", "appArmorProfile") }
    /// `fsGroup`.
    pub fn fs_group(self) -> Option<i64> { one(self.0, "fsGroup", "fsGroup") }
    /// `fsGroupChangePolicy`.
    pub fn fs_group_change_policy(self) -> Option<Text<'a>> { one(self.0, "fsGroupChangePolicy", "fsGroupChangePolicy") }
    /// `runAsGroup`.
    pub fn run_as_group(self) -> Option<i64> { one(self.0, "runAsGroup", "runAsGroup") }
    /// `runAsNonRoot`.
    pub fn run_as_non_root(self) -> Option<bool> { one(self.0, "runAsNonRoot", "runAsNonRoot") }
    /// `runAsUser`.
    pub fn run_as_user(self) -> Option<i64> { one(self.0, "runAsUser", "runAsUser") }
    /// `seLinuxChangePolicy`.
    pub fn se_linux_change_policy(self) -> Option<Text<'a>> { one(self.0, "seLinuxChangePolicy", "seLinuxChangePolicy") }
    /// `seLinuxOptions`.
    pub fn se_linux_options(self) -> Option<SELinuxOptions<'a>> { one(self.0, "seLinuxOptions", "seLinuxOptions") }
    /// `seccompProfile`.
    pub fn seccomp_profile(self) -> Option<SeccompProfile<'a>> { one(self.0, "seccompProfile", "seccompProfile") }
    /// `supplementalGroups`.
    pub fn supplemental_groups(self) -> List<'a, i64> { list(self.0, "supplementalGroups", "supplementalGroups") }
    /// `supplementalGroupsPolicy`.
    pub fn supplemental_groups_policy(self) -> Option<Text<'a>> { one(self.0, "supplementalGroupsPolicy", "supplementalGroupsPolicy") }
    /// `sysctls`.
    pub fn sysctls(self) -> List<'a, Sysctl<'a>> { list(self.0, "sysctls", "sysctls") }
    /// `windowsOptions`.
    pub fn windows_options(self) -> Option<WindowsSecurityContextOptions<'a>> { one(self.0, "windowsOptions", "windowsOptions") }
}

/// `k8s.PodSpec`.
#[derive(Clone, Copy, Debug)]
pub struct PodSpec<'a>(pub Node<'a>);
view!(PodSpec);
impl<'a> PodSpec<'a> {
    /// `activeDeadlineSeconds`.
    pub fn active_deadline_seconds(self) -> Option<i64> { one(self.0, "activeDeadlineSeconds", "activeDeadlineSeconds") }
    /// `affinity`.
    pub fn affinity(self) -> Option<Node<'a>> { one(self.0, "affinity", "affinity") }
    /// `automountServiceAccountToken`.
    pub fn automount_service_account_token(self) -> Option<bool> { one(self.0, "automountServiceAccountToken", "automountServiceAccountToken") }
    /// `containers`.
    pub fn containers(self) -> List<'a, Container<'a>> { list(self.0, "containers", "containers") }
    /// `dnsConfig`.
    pub fn dns_config(self) -> Option<Node<'a>> { one(self.0, "dnsConfig", "dnsConfig") }
    /// `dnsPolicy`.
    pub fn dns_policy(self) -> Option<Text<'a>> { one(self.0, "dnsPolicy", "dnsPolicy") }
    /// `enableServiceLinks`.
    pub fn enable_service_links(self) -> Option<bool> { one(self.0, "enableServiceLinks", "enableServiceLinks") }
    /// `ephemeralContainers`.
    pub fn ephemeral_containers(self) -> List<'a, Node<'a>> { list(self.0, "ephemeralContainers", "ephemeralContainers") }
    /// `hostAliases`.
    pub fn host_aliases(self) -> List<'a, HostAlias<'a>> { list(self.0, "hostAliases", "hostAliases") }
    /// `hostIPC`.
    pub fn host_ipc(self) -> Option<bool> { one(self.0, "hostIPC", "hostIPC") }
    /// `hostNetwork`.
    pub fn host_network(self) -> Option<bool> { one(self.0, "hostNetwork", "hostNetwork") }
    /// `hostPID`.
    pub fn host_pid(self) -> Option<bool> { one(self.0, "hostPID", "hostPID") }
    /// `hostUsers`.
    pub fn host_users(self) -> Option<bool> { one(self.0, "hostUsers", "hostUsers") }
    /// `hostname`.
    pub fn hostname(self) -> Option<Text<'a>> { one(self.0, "hostname", "hostname") }
    /// `hostnameOverride`.
    pub fn hostname_override(self) -> Option<Text<'a>> { one(self.0, "hostnameOverride", "hostnameOverride") }
    /// `imagePullSecrets`.
    pub fn image_pull_secrets(self) -> List<'a, LocalObjectReference<'a>> { list(self.0, "imagePullSecrets", "imagePullSecrets") }
    /// `initContainers`.
    pub fn init_containers(self) -> List<'a, Container<'a>> { list(self.0, "initContainers", "initContainers") }
    /// `nodeName`.
    pub fn node_name(self) -> Option<Text<'a>> { one(self.0, "nodeName", "nodeName") }
    /// `nodeSelector`.
    pub fn node_selector(self) -> Entries<'a, Text<'a>> { entries(self.0, "nodeSelector", "nodeSelector") }
    /// `os`.
    pub fn os(self) -> Option<PodOS<'a>> { one(self.0, "os", "os") }
    /// `overhead`.
    pub fn overhead(self) -> Entries<'a, Node<'a>> { entries(self.0, "overhead", "overhead") }
    /// `preemptionPolicy`.
    pub fn preemption_policy(self) -> Option<Text<'a>> { one(self.0, "preemptionPolicy", "preemptionPolicy") }
    /// `priority`.
    pub fn priority(self) -> Option<i64> { one(self.0, "priority", "priority") }
    /// `priorityClassName`.
    pub fn priority_class_name(self) -> Option<Text<'a>> { one(self.0, "priorityClassName", "priorityClassName") }
    /// `readinessGates`.
    pub fn readiness_gates(self) -> List<'a, PodReadinessGate<'a>> { list(self.0, "readinessGates", "readinessGates") }
    /// `resourceClaims`.
    pub fn resource_claims(self) -> List<'a, Node<'a>> { list(self.0, "resourceClaims", "resourceClaims") }
    /// `resources`.
    pub fn resources(self) -> Option<Node<'a>> { one(self.0, "resources", "resources") }
    /// `restartPolicy`.
    pub fn restart_policy(self) -> Option<Text<'a>> { one(self.0, "restartPolicy", "restartPolicy") }
    /// `runtimeClassName`.
    pub fn runtime_class_name(self) -> Option<Text<'a>> { one(self.0, "runtimeClassName", "runtimeClassName") }
    /// `schedulerName`.
    pub fn scheduler_name(self) -> Option<Text<'a>> { one(self.0, "schedulerName", "schedulerName") }
    /// `schedulingGates`.
    pub fn scheduling_gates(self) -> List<'a, Node<'a>> { list(self.0, "schedulingGates", "schedulingGates") }
    /// `schedulingGroup`.
    pub fn scheduling_group(self) -> Option<Node<'a>> { one(self.0, "schedulingGroup", "schedulingGroup") }
    /// `securityContext`.
    pub fn security_context(self) -> Option<PodSecurityContext<'a>> { one(self.0, "securityContext", "securityContext") }
    /// `serviceAccount`.
    pub fn service_account(self) -> Option<Text<'a>> { one(self.0, "serviceAccount", "serviceAccount") }
    /// `serviceAccountName`.
    pub fn service_account_name(self) -> Option<Text<'a>> { one(self.0, "serviceAccountName", "serviceAccountName") }
    /// `setHostnameAsFQDN`.
    pub fn set_hostname_as_fqdn(self) -> Option<bool> { one(self.0, "setHostnameAsFQDN", "setHostnameAsFQDN") }
    /// `shareProcessNamespace`.
    pub fn share_process_namespace(self) -> Option<bool> { one(self.0, "shareProcessNamespace", "shareProcessNamespace") }
    /// `subdomain`.
    pub fn subdomain(self) -> Option<Text<'a>> { one(self.0, "subdomain", "subdomain") }
    /// `terminationGracePeriodSeconds`.
    pub fn termination_grace_period_seconds(self) -> Option<i64> { one(self.0, "terminationGracePeriodSeconds", "terminationGracePeriodSeconds") }
    /// `tolerations`.
    pub fn tolerations(self) -> List<'a, Node<'a>> { list(self.0, "tolerations", "tolerations") }
    /// `topologySpreadConstraints`.
    pub fn topology_spread_constraints(self) -> List<'a, Node<'a>> { list(self.0, "topologySpreadConstraints", "topologySpreadConstraints") }
    /// `volumes`.
    pub fn volumes(self) -> List<'a, Node<'a>> { list(self.0, "volumes", "volumes") }
}

/// `k8s.PodStatus`.
#[derive(Clone, Copy, Debug)]
pub struct PodStatus<'a>(pub Node<'a>);
view!(PodStatus);
impl<'a> PodStatus<'a> {
    /// `allocatedResources`.
    pub fn allocated_resources(self) -> Entries<'a, Node<'a>> { entries(self.0, "allocatedResources", "allocatedResources") }
    /// `conditions`.
    pub fn conditions(self) -> List<'a, PodCondition<'a>> { list(self.0, "conditions", "conditions") }
    /// `containerStatuses`.
    pub fn container_statuses(self) -> List<'a, Node<'a>> { list(self.0, "containerStatuses", "containerStatuses") }
    /// `ephemeralContainerStatuses`.
    pub fn ephemeral_container_statuses(self) -> List<'a, Node<'a>> { list(self.0, "ephemeralContainerStatuses", "ephemeralContainerStatuses") }
    /// `extendedResourceClaimStatus`.
    pub fn extended_resource_claim_status(self) -> Option<PodExtendedResourceClaimStatus<'a>> { one(self.0, "extendedResourceClaimStatus", "extendedResourceClaimStatus") }
    /// `hostIP`.
    pub fn host_ip(self) -> Option<Text<'a>> { one(self.0, "hostIP", "hostIP") }
    /// `hostIPs`.
    pub fn host_ips(self) -> List<'a, HostIP<'a>> { list(self.0, "hostIPs", "hostIPs") }
    /// `initContainerStatuses`.
    pub fn init_container_statuses(self) -> List<'a, Node<'a>> { list(self.0, "initContainerStatuses", "initContainerStatuses") }
    /// `message`.
    pub fn message(self) -> Option<Text<'a>> { one(self.0, "message", "message") }
    /// `nodeAllocatableResourceClaimStatuses`.
    pub fn node_allocatable_resource_claim_statuses(self) -> List<'a, NodeAllocatableResourceClaimStatus<'a>> { list(self.0, "nodeAllocatableResourceClaimStatuses", "nodeAllocatableResourceClaimStatuses") }
    /// `nominatedNodeName`.
    pub fn nominated_node_name(self) -> Option<Text<'a>> { one(self.0, "nominatedNodeName", "nominatedNodeName") }
    /// `observedGeneration`.
    pub fn observed_generation(self) -> Option<i64> { one(self.0, "observedGeneration", "observedGeneration") }
    /// `phase`.
    pub fn phase(self) -> Option<Text<'a>> { one(self.0, "phase", "phase") }
    /// `podIP`.
    pub fn pod_ip(self) -> Option<Text<'a>> { one(self.0, "podIP", "podIP") }
    /// `podIPs`.
    pub fn pod_ips(self) -> List<'a, PodIP<'a>> { list(self.0, "podIPs", "podIPs") }
    /// `qosClass`.
    pub fn qos_class(self) -> Option<Text<'a>> { one(self.0, "qosClass", "qosClass") }
    /// `reason`.
    pub fn reason(self) -> Option<Text<'a>> { one(self.0, "reason", "reason") }
    /// `resize`.
    pub fn resize(self) -> Option<Text<'a>> { one(self.0, "resize", "resize") }
    /// `resourceClaimStatuses`.
    pub fn resource_claim_statuses(self) -> List<'a, PodResourceClaimStatus<'a>> { list(self.0, "resourceClaimStatuses", "resourceClaimStatuses") }
    /// `resources`.
    pub fn resources(self) -> Option<Node<'a>> { one(self.0, "resources", "resources") }
    /// `startTime`.
    pub fn start_time(self) -> Option<Text<'a>> { one(self.0, "startTime", "startTime") }
}

/// `k8s.PodTemplateSpec`.
#[derive(Clone, Copy, Debug)]
pub struct PodTemplateSpec<'a>(pub Node<'a>);
view!(PodTemplateSpec);
impl<'a> PodTemplateSpec<'a> {
    /// `metadata`.
    pub fn metadata(self) -> Option<ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<PodSpec<'a>> { one(self.0, "spec", "spec") }
}

/// `k8s.PortStatus`.
#[derive(Clone, Copy, Debug)]
pub struct PortStatus<'a>(pub Node<'a>);
view!(PortStatus);
impl<'a> PortStatus<'a> {
    /// `error`.
    pub fn error(self) -> Option<Text<'a>> { one(self.0, "error", "error") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `protocol`.
    pub fn protocol(self) -> Option<Text<'a>> { one(self.0, "protocol", "protocol") }
}

/// `k8s.Probe`.
#[derive(Clone, Copy, Debug)]
pub struct Probe<'a>(pub Node<'a>);
view!(Probe);
impl<'a> Probe<'a> {
    /// `exec`.
    pub fn exec(self) -> Option<ExecAction<'a>> { one(self.0, "exec", "exec") }
    /// `failureThreshold`.
    pub fn failure_threshold(self) -> Option<i64> { one(self.0, "failureThreshold", "failureThreshold") }
    /// `grpc`.
    pub fn grpc(self) -> Option<GRPCAction<'a>> { one(self.0, "grpc", "grpc") }
    /// `httpGet`.
    pub fn http_get(self) -> Option<HTTPGetAction<'a>> { one(self.0, "httpGet", "httpGet") }
    /// `initialDelaySeconds`.
    pub fn initial_delay_seconds(self) -> Option<i64> { one(self.0, "initialDelaySeconds", "initialDelaySeconds") }
    /// `periodSeconds`.
    pub fn period_seconds(self) -> Option<i64> { one(self.0, "periodSeconds", "periodSeconds") }
    /// `successThreshold`.
    pub fn success_threshold(self) -> Option<i64> { one(self.0, "successThreshold", "successThreshold") }
    /// `tcpSocket`.
    pub fn tcp_socket(self) -> Option<TCPSocketAction<'a>> { one(self.0, "tcpSocket", "tcpSocket") }
    /// `terminationGracePeriodSeconds`.
    pub fn termination_grace_period_seconds(self) -> Option<i64> { one(self.0, "terminationGracePeriodSeconds", "terminationGracePeriodSeconds") }
    /// `timeoutSeconds`.
    pub fn timeout_seconds(self) -> Option<i64> { one(self.0, "timeoutSeconds", "timeoutSeconds") }
}

/// `k8s.ReplicaSet`.
#[derive(Clone, Copy, Debug)]
pub struct ReplicaSet<'a>(pub Node<'a>);
view!(ReplicaSet);
impl<'a> ReplicaSet<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<ReplicaSetSpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<ReplicaSetStatus<'a>> { one(self.0, "status", "status") }
}

/// `k8s.ReplicaSetCondition`.
#[derive(Clone, Copy, Debug)]
pub struct ReplicaSetCondition<'a>(pub Node<'a>);
view!(ReplicaSetCondition);
impl<'a> ReplicaSetCondition<'a> {
    /// `lastTransitionTime`.
    pub fn last_transition_time(self) -> Option<Text<'a>> { one(self.0, "lastTransitionTime", "lastTransitionTime") }
    /// `message`.
    pub fn message(self) -> Option<Text<'a>> { one(self.0, "message", "message") }
    /// `reason`.
    pub fn reason(self) -> Option<Text<'a>> { one(self.0, "reason", "reason") }
    /// `status`.
    pub fn status(self) -> Option<Text<'a>> { one(self.0, "status", "status") }
    /// `type`.
    pub fn type_(self) -> Option<Text<'a>> { one(self.0, "type", "type") }
}

/// `k8s.ReplicaSetSpec`.
#[derive(Clone, Copy, Debug)]
pub struct ReplicaSetSpec<'a>(pub Node<'a>);
view!(ReplicaSetSpec);
impl<'a> ReplicaSetSpec<'a> {
    /// `minReadySeconds`.
    pub fn min_ready_seconds(self) -> Option<i64> { one(self.0, "minReadySeconds", "minReadySeconds") }
    /// `replicas`.
    pub fn replicas(self) -> Option<i64> { one(self.0, "replicas", "replicas") }
    /// `selector`.
    pub fn selector(self) -> Option<LabelSelector<'a>> { one(self.0, "selector", "selector") }
    /// `template`.
    pub fn template(self) -> Option<PodTemplateSpec<'a>> { one(self.0, "template", "template") }
}

/// `k8s.ReplicaSetStatus`.
#[derive(Clone, Copy, Debug)]
pub struct ReplicaSetStatus<'a>(pub Node<'a>);
view!(ReplicaSetStatus);
impl<'a> ReplicaSetStatus<'a> {
    /// `availableReplicas`.
    pub fn available_replicas(self) -> Option<i64> { one(self.0, "availableReplicas", "availableReplicas") }
    /// `conditions`.
    pub fn conditions(self) -> List<'a, ReplicaSetCondition<'a>> { list(self.0, "conditions", "conditions") }
    /// `fullyLabeledReplicas`.
    pub fn fully_labeled_replicas(self) -> Option<i64> { one(self.0, "fullyLabeledReplicas", "fullyLabeledReplicas") }
    /// `observedGeneration`.
    pub fn observed_generation(self) -> Option<i64> { one(self.0, "observedGeneration", "observedGeneration") }
    /// `readyReplicas`.
    pub fn ready_replicas(self) -> Option<i64> { one(self.0, "readyReplicas", "readyReplicas") }
    /// `replicas`.
    pub fn replicas(self) -> Option<i64> { one(self.0, "replicas", "replicas") }
    /// `terminatingReplicas`.
    pub fn terminating_replicas(self) -> Option<i64> { one(self.0, "terminatingReplicas", "terminatingReplicas") }
}

/// `k8s.ResourceFieldSelector`.
#[derive(Clone, Copy, Debug)]
pub struct ResourceFieldSelector<'a>(pub Node<'a>);
view!(ResourceFieldSelector);
impl<'a> ResourceFieldSelector<'a> {
    /// `containerName`.
    pub fn container_name(self) -> Option<Text<'a>> { one(self.0, "containerName", "containerName") }
    /// `divisor`.
    pub fn divisor(self) -> Option<Node<'a>> { one(self.0, "divisor", "divisor") }
    /// `resource`.
    pub fn resource(self) -> Option<Text<'a>> { one(self.0, "resource", "resource") }
}

/// `k8s.RollingUpdateDaemonSet`.
#[derive(Clone, Copy, Debug)]
pub struct RollingUpdateDaemonSet<'a>(pub Node<'a>);
view!(RollingUpdateDaemonSet);
impl<'a> RollingUpdateDaemonSet<'a> {
    /// `maxSurge`.
    pub fn max_surge(self) -> Option<IntOrString<'a>> { one(self.0, "maxSurge", "maxSurge") }
    /// `maxUnavailable`.
    pub fn max_unavailable(self) -> Option<IntOrString<'a>> { one(self.0, "maxUnavailable", "maxUnavailable") }
}

/// `k8s.RollingUpdateDeployment`.
#[derive(Clone, Copy, Debug)]
pub struct RollingUpdateDeployment<'a>(pub Node<'a>);
view!(RollingUpdateDeployment);
impl<'a> RollingUpdateDeployment<'a> {
    /// `maxSurge`.
    pub fn max_surge(self) -> Option<IntOrString<'a>> { one(self.0, "maxSurge", "maxSurge") }
    /// `maxUnavailable`.
    pub fn max_unavailable(self) -> Option<IntOrString<'a>> { one(self.0, "maxUnavailable", "maxUnavailable") }
}

/// `k8s.RollingUpdateStatefulSetStrategy`.
#[derive(Clone, Copy, Debug)]
pub struct RollingUpdateStatefulSetStrategy<'a>(pub Node<'a>);
view!(RollingUpdateStatefulSetStrategy);
impl<'a> RollingUpdateStatefulSetStrategy<'a> {
    /// `maxUnavailable`.
    pub fn max_unavailable(self) -> Option<IntOrString<'a>> { one(self.0, "maxUnavailable", "maxUnavailable") }
    /// `partition`.
    pub fn partition(self) -> Option<i64> { one(self.0, "partition", "partition") }
}

/// `k8s.SELinuxOptions`.
#[derive(Clone, Copy, Debug)]
pub struct SELinuxOptions<'a>(pub Node<'a>);
view!(SELinuxOptions);
impl<'a> SELinuxOptions<'a> {
    /// `level`.
    pub fn level(self) -> Option<Text<'a>> { one(self.0, "level", "level") }
    /// `role`.
    pub fn role(self) -> Option<Text<'a>> { one(self.0, "role", "role") }
    /// `type`.
    pub fn type_(self) -> Option<Text<'a>> { one(self.0, "type", "type") }
    /// `user`.
    pub fn user(self) -> Option<Text<'a>> { one(self.0, "user", "user") }
}

/// `k8s.SeccompProfile`.
#[derive(Clone, Copy, Debug)]
pub struct SeccompProfile<'a>(pub Node<'a>);
view!(SeccompProfile);
impl<'a> SeccompProfile<'a> {
    /// `localhostProfile`.
    pub fn localhost_profile(self) -> Option<Text<'a>> { one(self.0, "localhostProfile", "localhostProfile") }
    /// `type`.
    pub fn type_(self) -> Option<Text<'a>> { one(self.0, "type", "type") }
}

/// `k8s.Secret`.
#[derive(Clone, Copy, Debug)]
pub struct Secret<'a>(pub Node<'a>);
view!(Secret);
impl<'a> Secret<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `data`.
    pub fn data(self) -> Entries<'a, Text<'a>> { entries(self.0, "data", "data") }
    /// `immutable`.
    pub fn immutable(self) -> Option<bool> { one(self.0, "immutable", "immutable") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `stringData`.
    pub fn string_data(self) -> Entries<'a, Text<'a>> { entries(self.0, "stringData", "stringData") }
    /// `type`.
    pub fn type_(self) -> Option<Text<'a>> { one(self.0, "type", "type") }
}

/// `k8s.SecretEnvSource`.
#[derive(Clone, Copy, Debug)]
pub struct SecretEnvSource<'a>(pub Node<'a>);
view!(SecretEnvSource);
impl<'a> SecretEnvSource<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `optional`.
    pub fn optional(self) -> Option<bool> { one(self.0, "optional", "optional") }
}

/// `k8s.SecretKeySelector`.
#[derive(Clone, Copy, Debug)]
pub struct SecretKeySelector<'a>(pub Node<'a>);
view!(SecretKeySelector);
impl<'a> SecretKeySelector<'a> {
    /// `key`.
    pub fn key(self) -> Option<Text<'a>> { one(self.0, "key", "key") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `optional`.
    pub fn optional(self) -> Option<bool> { one(self.0, "optional", "optional") }
}

/// `k8s.SecurityContext`.
#[derive(Clone, Copy, Debug)]
pub struct SecurityContext<'a>(pub Node<'a>);
view!(SecurityContext);
impl<'a> SecurityContext<'a> {
    /// `allowPrivilegeEscalation`.
    pub fn allow_privilege_escalation(self) -> Option<bool> { one(self.0, "allowPrivilegeEscalation", "allowPrivilegeEscalation") }
    /// `appArmorProfile`.
    pub fn app_armor_profile(self) -> Option<AppArmorProfile<'a>> { one(self.0, "appArmorProfile", "appArmorProfile") }
    /// `capabilities`.
    pub fn capabilities(self) -> Option<Capabilities<'a>> { one(self.0, "capabilities", "capabilities") }
    /// `privileged`.
    pub fn privileged(self) -> Option<bool> { one(self.0, "privileged", "privileged") }
    /// `procMount`.
    pub fn proc_mount(self) -> Option<Text<'a>> { one(self.0, "procMount", "procMount") }
    /// `readOnlyRootFilesystem`.
    pub fn read_only_root_filesystem(self) -> Option<bool> { one(self.0, "readOnlyRootFilesystem", "readOnlyRootFilesystem") }
    /// `runAsGroup`.
    pub fn run_as_group(self) -> Option<i64> { one(self.0, "runAsGroup", "runAsGroup") }
    /// `runAsNonRoot`.
    pub fn run_as_non_root(self) -> Option<bool> { one(self.0, "runAsNonRoot", "runAsNonRoot") }
    /// `runAsUser`.
    pub fn run_as_user(self) -> Option<i64> { one(self.0, "runAsUser", "runAsUser") }
    /// `seLinuxOptions`.
    pub fn se_linux_options(self) -> Option<SELinuxOptions<'a>> { one(self.0, "seLinuxOptions", "seLinuxOptions") }
    /// `seccompProfile`.
    pub fn seccomp_profile(self) -> Option<SeccompProfile<'a>> { one(self.0, "seccompProfile", "seccompProfile") }
    /// `windowsOptions`.
    pub fn windows_options(self) -> Option<WindowsSecurityContextOptions<'a>> { one(self.0, "windowsOptions", "windowsOptions") }
}

/// `k8s.Service`.
#[derive(Clone, Copy, Debug)]
pub struct Service<'a>(pub Node<'a>);
view!(Service);
impl<'a> Service<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<ServiceSpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<ServiceStatus<'a>> { one(self.0, "status", "status") }
}

/// `k8s.ServiceAccount`.
#[derive(Clone, Copy, Debug)]
pub struct ServiceAccount<'a>(pub Node<'a>);
view!(ServiceAccount);
impl<'a> ServiceAccount<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `automountServiceAccountToken`.
    pub fn automount_service_account_token(self) -> Option<bool> { one(self.0, "automountServiceAccountToken", "automountServiceAccountToken") }
    /// `imagePullSecrets`.
    pub fn image_pull_secrets(self) -> List<'a, LocalObjectReference<'a>> { list(self.0, "imagePullSecrets", "imagePullSecrets") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `secrets`.
    pub fn secrets(self) -> List<'a, ObjectReference<'a>> { list(self.0, "secrets", "secrets") }
}

/// `k8s.ServiceBackendPort`.
#[derive(Clone, Copy, Debug)]
pub struct ServiceBackendPort<'a>(pub Node<'a>);
view!(ServiceBackendPort);
impl<'a> ServiceBackendPort<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `number`.
    pub fn number(self) -> Option<i64> { one(self.0, "number", "number") }
}

/// `k8s.ServicePort`.
#[derive(Clone, Copy, Debug)]
pub struct ServicePort<'a>(pub Node<'a>);
view!(ServicePort);
impl<'a> ServicePort<'a> {
    /// `appProtocol`.
    pub fn app_protocol(self) -> Option<Text<'a>> { one(self.0, "appProtocol", "appProtocol") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `nodePort`.
    pub fn node_port(self) -> Option<i64> { one(self.0, "nodePort", "nodePort") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `protocol`.
    pub fn protocol(self) -> Option<Text<'a>> { one(self.0, "protocol", "protocol") }
    /// `targetPort`.
    pub fn target_port(self) -> Option<IntOrString<'a>> { one(self.0, "targetPort", "targetPort") }
}

/// `k8s.ServiceSpec`.
#[derive(Clone, Copy, Debug)]
pub struct ServiceSpec<'a>(pub Node<'a>);
view!(ServiceSpec);
impl<'a> ServiceSpec<'a> {
    /// `allocateLoadBalancerNodePorts`.
    pub fn allocate_load_balancer_node_ports(self) -> Option<bool> { one(self.0, "allocateLoadBalancerNodePorts", "allocateLoadBalancerNodePorts") }
    /// `clusterIP`.
    pub fn cluster_ip(self) -> Option<Text<'a>> { one(self.0, "clusterIP", "clusterIP") }
    /// `clusterIPs`.
    pub fn cluster_ips(self) -> List<'a, Text<'a>> { list(self.0, "clusterIPs", "clusterIPs") }
    /// `externalIPs`.
    pub fn external_ips(self) -> List<'a, Text<'a>> { list(self.0, "externalIPs", "externalIPs") }
    /// `externalName`.
    pub fn external_name(self) -> Option<Text<'a>> { one(self.0, "externalName", "externalName") }
    /// `externalTrafficPolicy`.
    pub fn external_traffic_policy(self) -> Option<Text<'a>> { one(self.0, "externalTrafficPolicy", "externalTrafficPolicy") }
    /// `healthCheckNodePort`.
    pub fn health_check_node_port(self) -> Option<i64> { one(self.0, "healthCheckNodePort", "healthCheckNodePort") }
    /// `internalTrafficPolicy`.
    pub fn internal_traffic_policy(self) -> Option<Text<'a>> { one(self.0, "internalTrafficPolicy", "internalTrafficPolicy") }
    /// `ipFamilies`.
    pub fn ip_families(self) -> List<'a, Text<'a>> { list(self.0, "ipFamilies", "ipFamilies") }
    /// `ipFamilyPolicy`.
    pub fn ip_family_policy(self) -> Option<Text<'a>> { one(self.0, "ipFamilyPolicy", "ipFamilyPolicy") }
    /// `loadBalancerClass`.
    pub fn load_balancer_class(self) -> Option<Text<'a>> { one(self.0, "loadBalancerClass", "loadBalancerClass") }
    /// `loadBalancerIP`.
    pub fn load_balancer_ip(self) -> Option<Text<'a>> { one(self.0, "loadBalancerIP", "loadBalancerIP") }
    /// `loadBalancerSourceRanges`.
    pub fn load_balancer_source_ranges(self) -> List<'a, Text<'a>> { list(self.0, "loadBalancerSourceRanges", "loadBalancerSourceRanges") }
    /// `ports`.
    pub fn ports(self) -> List<'a, ServicePort<'a>> { list(self.0, "ports", "ports") }
    /// `publishNotReadyAddresses`.
    pub fn publish_not_ready_addresses(self) -> Option<bool> { one(self.0, "publishNotReadyAddresses", "publishNotReadyAddresses") }
    /// `selector`.
    pub fn selector(self) -> Entries<'a, Text<'a>> { entries(self.0, "selector", "selector") }
    /// `sessionAffinity`.
    pub fn session_affinity(self) -> Option<Text<'a>> { one(self.0, "sessionAffinity", "sessionAffinity") }
    /// `sessionAffinityConfig`.
    pub fn session_affinity_config(self) -> Option<SessionAffinityConfig<'a>> { one(self.0, "sessionAffinityConfig", "sessionAffinityConfig") }
    /// `trafficDistribution`.
    pub fn traffic_distribution(self) -> Option<Text<'a>> { one(self.0, "trafficDistribution", "trafficDistribution") }
    /// `type`.
    pub fn type_(self) -> Option<Text<'a>> { one(self.0, "type", "type") }
}

/// `k8s.ServiceStatus`.
#[derive(Clone, Copy, Debug)]
pub struct ServiceStatus<'a>(pub Node<'a>);
view!(ServiceStatus);
impl<'a> ServiceStatus<'a> {
    /// `conditions`.
    pub fn conditions(self) -> List<'a, Condition<'a>> { list(self.0, "conditions", "conditions") }
    /// `loadBalancer`.
    pub fn load_balancer(self) -> Option<LoadBalancerStatus<'a>> { one(self.0, "loadBalancer", "loadBalancer") }
}

/// `k8s.SessionAffinityConfig`.
#[derive(Clone, Copy, Debug)]
pub struct SessionAffinityConfig<'a>(pub Node<'a>);
view!(SessionAffinityConfig);
impl<'a> SessionAffinityConfig<'a> {
    /// `clientIP`.
    pub fn client_ip(self) -> Option<ClientIPConfig<'a>> { one(self.0, "clientIP", "clientIP") }
}

/// `k8s.StatefulSet`.
#[derive(Clone, Copy, Debug)]
pub struct StatefulSet<'a>(pub Node<'a>);
view!(StatefulSet);
impl<'a> StatefulSet<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<StatefulSetSpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<StatefulSetStatus<'a>> { one(self.0, "status", "status") }
}

/// `k8s.StatefulSetCondition`.
#[derive(Clone, Copy, Debug)]
pub struct StatefulSetCondition<'a>(pub Node<'a>);
view!(StatefulSetCondition);
impl<'a> StatefulSetCondition<'a> {
    /// `lastTransitionTime`.
    pub fn last_transition_time(self) -> Option<Text<'a>> { one(self.0, "lastTransitionTime", "lastTransitionTime") }
    /// `message`.
    pub fn message(self) -> Option<Text<'a>> { one(self.0, "message", "message") }
    /// `reason`.
    pub fn reason(self) -> Option<Text<'a>> { one(self.0, "reason", "reason") }
    /// `status`.
    pub fn status(self) -> Option<Text<'a>> { one(self.0, "status", "status") }
    /// `type`.
    pub fn type_(self) -> Option<Text<'a>> { one(self.0, "type", "type") }
}

/// `k8s.StatefulSetOrdinals`.
#[derive(Clone, Copy, Debug)]
pub struct StatefulSetOrdinals<'a>(pub Node<'a>);
view!(StatefulSetOrdinals);
impl<'a> StatefulSetOrdinals<'a> {
    /// `start`.
    pub fn start(self) -> Option<i64> { one(self.0, "start", "start") }
}

/// `k8s.StatefulSetPersistentVolumeClaimRetentionPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct StatefulSetPersistentVolumeClaimRetentionPolicy<'a>(pub Node<'a>);
view!(StatefulSetPersistentVolumeClaimRetentionPolicy);
impl<'a> StatefulSetPersistentVolumeClaimRetentionPolicy<'a> {
    /// `whenDeleted`.
    pub fn when_deleted(self) -> Option<Text<'a>> { one(self.0, "whenDeleted", "whenDeleted") }
    /// `whenScaled`.
    pub fn when_scaled(self) -> Option<Text<'a>> { one(self.0, "whenScaled", "whenScaled") }
}

/// `k8s.StatefulSetSpec`.
#[derive(Clone, Copy, Debug)]
pub struct StatefulSetSpec<'a>(pub Node<'a>);
view!(StatefulSetSpec);
impl<'a> StatefulSetSpec<'a> {
    /// `minReadySeconds`.
    pub fn min_ready_seconds(self) -> Option<i64> { one(self.0, "minReadySeconds", "minReadySeconds") }
    /// `ordinals`.
    pub fn ordinals(self) -> Option<StatefulSetOrdinals<'a>> { one(self.0, "ordinals", "ordinals") }
    /// `persistentVolumeClaimRetentionPolicy`.
    pub fn persistent_volume_claim_retention_policy(self) -> Option<StatefulSetPersistentVolumeClaimRetentionPolicy<'a>> { one(self.0, "persistentVolumeClaimRetentionPolicy", "persistentVolumeClaimRetentionPolicy") }
    /// `podManagementPolicy`.
    pub fn pod_management_policy(self) -> Option<Text<'a>> { one(self.0, "podManagementPolicy", "podManagementPolicy") }
    /// `replicas`.
    pub fn replicas(self) -> Option<i64> { one(self.0, "replicas", "replicas") }
    /// `revisionHistoryLimit`.
    pub fn revision_history_limit(self) -> Option<i64> { one(self.0, "revisionHistoryLimit", "revisionHistoryLimit") }
    /// `selector`.
    pub fn selector(self) -> Option<LabelSelector<'a>> { one(self.0, "selector", "selector") }
    /// `serviceName`.
    pub fn service_name(self) -> Option<Text<'a>> { one(self.0, "serviceName", "serviceName") }
    /// `template`.
    pub fn template(self) -> Option<PodTemplateSpec<'a>> { one(self.0, "template", "template") }
    /// `updateStrategy`.
    pub fn update_strategy(self) -> Option<StatefulSetUpdateStrategy<'a>> { one(self.0, "updateStrategy", "updateStrategy") }
    /// `volumeClaimTemplates`.
    pub fn volume_claim_templates(self) -> List<'a, Node<'a>> { list(self.0, "volumeClaimTemplates", "volumeClaimTemplates") }
}

/// `k8s.StatefulSetStatus`.
#[derive(Clone, Copy, Debug)]
pub struct StatefulSetStatus<'a>(pub Node<'a>);
view!(StatefulSetStatus);
impl<'a> StatefulSetStatus<'a> {
    /// `availableReplicas`.
    pub fn available_replicas(self) -> Option<i64> { one(self.0, "availableReplicas", "availableReplicas") }
    /// `collisionCount`.
    pub fn collision_count(self) -> Option<i64> { one(self.0, "collisionCount", "collisionCount") }
    /// `conditions`.
    pub fn conditions(self) -> List<'a, StatefulSetCondition<'a>> { list(self.0, "conditions", "conditions") }
    /// `currentReplicas`.
    pub fn current_replicas(self) -> Option<i64> { one(self.0, "currentReplicas", "currentReplicas") }
    /// `currentRevision`.
    pub fn current_revision(self) -> Option<Text<'a>> { one(self.0, "currentRevision", "currentRevision") }
    /// `observedGeneration`.
    pub fn observed_generation(self) -> Option<i64> { one(self.0, "observedGeneration", "observedGeneration") }
    /// `readyReplicas`.
    pub fn ready_replicas(self) -> Option<i64> { one(self.0, "readyReplicas", "readyReplicas") }
    /// `replicas`.
    pub fn replicas(self) -> Option<i64> { one(self.0, "replicas", "replicas") }
    /// `updateRevision`.
    pub fn update_revision(self) -> Option<Text<'a>> { one(self.0, "updateRevision", "updateRevision") }
    /// `updatedReplicas`.
    pub fn updated_replicas(self) -> Option<i64> { one(self.0, "updatedReplicas", "updatedReplicas") }
}

/// `k8s.StatefulSetUpdateStrategy`.
#[derive(Clone, Copy, Debug)]
pub struct StatefulSetUpdateStrategy<'a>(pub Node<'a>);
view!(StatefulSetUpdateStrategy);
impl<'a> StatefulSetUpdateStrategy<'a> {
    /// `rollingUpdate`.
    pub fn rolling_update(self) -> Option<RollingUpdateStatefulSetStrategy<'a>> { one(self.0, "rollingUpdate", "rollingUpdate") }
    /// `type`.
    pub fn type_(self) -> Option<Text<'a>> { one(self.0, "type", "type") }
}

/// `k8s.SuccessPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct SuccessPolicy<'a>(pub Node<'a>);
view!(SuccessPolicy);
impl<'a> SuccessPolicy<'a> {
    /// `rules`.
    pub fn rules(self) -> List<'a, SuccessPolicyRule<'a>> { list(self.0, "rules", "rules") }
}

/// `k8s.SuccessPolicyRule`.
#[derive(Clone, Copy, Debug)]
pub struct SuccessPolicyRule<'a>(pub Node<'a>);
view!(SuccessPolicyRule);
impl<'a> SuccessPolicyRule<'a> {
    /// `succeededCount`.
    pub fn succeeded_count(self) -> Option<i64> { one(self.0, "succeededCount", "succeededCount") }
    /// `succeededIndexes`.
    pub fn succeeded_indexes(self) -> Option<Text<'a>> { one(self.0, "succeededIndexes", "succeededIndexes") }
}

/// `k8s.Sysctl`.
#[derive(Clone, Copy, Debug)]
pub struct Sysctl<'a>(pub Node<'a>);
view!(Sysctl);
impl<'a> Sysctl<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `value`.
    pub fn value(self) -> Option<Text<'a>> { one(self.0, "value", "value") }
}

/// `k8s.TCPSocketAction`.
#[derive(Clone, Copy, Debug)]
pub struct TCPSocketAction<'a>(pub Node<'a>);
view!(TCPSocketAction);
impl<'a> TCPSocketAction<'a> {
    /// `host`.
    pub fn host(self) -> Option<Text<'a>> { one(self.0, "host", "host") }
    /// `port`.
    pub fn port(self) -> Option<IntOrString<'a>> { one(self.0, "port", "port") }
}

/// `k8s.TypedLocalObjectReference`.
#[derive(Clone, Copy, Debug)]
pub struct TypedLocalObjectReference<'a>(pub Node<'a>);
view!(TypedLocalObjectReference);
impl<'a> TypedLocalObjectReference<'a> {
    /// `apiGroup`.
    pub fn api_group(self) -> Option<Text<'a>> { one(self.0, "apiGroup", "apiGroup") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `k8s.VolumeMount`.
#[derive(Clone, Copy, Debug)]
pub struct VolumeMount<'a>(pub Node<'a>);
view!(VolumeMount);
impl<'a> VolumeMount<'a> {
    /// `mountPath`.
    pub fn mount_path(self) -> Option<Text<'a>> { one(self.0, "mountPath", "mountPath") }
    /// `mountPropagation`.
    pub fn mount_propagation(self) -> Option<Text<'a>> { one(self.0, "mountPropagation", "mountPropagation") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `readOnly`.
    pub fn read_only(self) -> Option<bool> { one(self.0, "readOnly", "readOnly") }
    /// `recursiveReadOnly`.
    pub fn recursive_read_only(self) -> Option<Text<'a>> { one(self.0, "recursiveReadOnly", "recursiveReadOnly") }
    /// `subPath`.
    pub fn sub_path(self) -> Option<Text<'a>> { one(self.0, "subPath", "subPath") }
    /// `subPathExpr`.
    pub fn sub_path_expr(self) -> Option<Text<'a>> { one(self.0, "subPathExpr", "subPathExpr") }
}

/// `k8s.WindowsSecurityContextOptions`.
#[derive(Clone, Copy, Debug)]
pub struct WindowsSecurityContextOptions<'a>(pub Node<'a>);
view!(WindowsSecurityContextOptions);
impl<'a> WindowsSecurityContextOptions<'a> {
    /// `gmsaCredentialSpec`.
    pub fn gmsa_credential_spec(self) -> Option<Text<'a>> { one(self.0, "gmsaCredentialSpec", "gmsaCredentialSpec") }
    /// `gmsaCredentialSpecName`.
    pub fn gmsa_credential_spec_name(self) -> Option<Text<'a>> { one(self.0, "gmsaCredentialSpecName", "gmsaCredentialSpecName") }
    /// `hostProcess`.
    pub fn host_process(self) -> Option<bool> { one(self.0, "hostProcess", "hostProcess") }
    /// `runAsUserName`.
    pub fn run_as_user_name(self) -> Option<Text<'a>> { one(self.0, "runAsUserName", "runAsUserName") }
}

