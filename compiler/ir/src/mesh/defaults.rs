// tidy: table
//! istiod's built-in MeshConfig (`pkg/config/mesh/mesh.go`), as one table.

use crate::base::At;

use super::{
    AccessLogFormat, LocalityLb, MeshSettings, OutboundTrafficPolicy, PathNormalization, ProxySettings,
    TlsVersion, Visibility,
};

impl Default for MeshSettings {
    /// istiod's built-in defaults.
    fn default() -> Self {
        const SECOND: i128 = 1_000_000_000;
        Self {
            root_namespace: "istio-system".to_owned(),
            trust_domain: "cluster.local".to_owned(),
            trust_domain_aliases: Vec::new(),
            domain: "cluster.local".to_owned(),
            cluster_id: "Kubernetes".to_owned(),
            mesh_id: String::new(),
            network: String::new(),
            connect_timeout: 10 * SECOND,
            protocol_detection_timeout: 0,
            dns_refresh_rate: 60 * SECOND,
            auto_mtls: true,
            outbound: OutboundTrafficPolicy::AllowAny,
            outbound_tls: None,
            tls_defaults_ciphers: Vec::new(),
            path_normalization: PathNormalization::Base,
            locality_lb: LocalityLb { enabled: Some(true), ..LocalityLb::default() },
            proxy: ProxySettings::default(),
            access_log_file: String::new(),
            access_log_format: AccessLogFormat::default(),
            access_log_service: false,
            disable_listener_log: false,
            enable_tracing: true,
            default_tracing_providers: Vec::new(),
            default_metrics_providers: Vec::new(),
            default_access_log_providers: Vec::new(),
            extension_providers: Vec::new(),
            prometheus_merge: true,
            default_service_visibility: Visibility::everyone(),
            discovered: None,
            entry_visibility: std::collections::BTreeMap::new(),
            zone_aware_lb: None,
            default_virtual_service_visibility: Visibility::everyone(),
            default_destination_rule_visibility: Visibility::everyone(),
            h2_upgrade: false,
            tcp_keepalive: None,
            hbone_idle_timeout: None,
            default_retry: None,
            default_connection_pool: None,
            default_outlier_detection: None,
            inbound_cluster_stat_name: String::new(),
            outbound_cluster_stat_name: String::new(),
            inbound_localhost: false,
            inbound_listen_port: At::implied(15006),
            outbound_listen_port: At::implied(15001),
            http_proxy_port: At::implied(0),
            verify_certificate_at_client: None,
            mesh_mtls_min_version: TlsVersion::Auto,
            tls_defaults_min_version: TlsVersion::Auto,
            mesh_mtls_ciphers: Vec::new(),
            ecdh_curves: Vec::new(),
            ingress_class: "istio".to_owned(),
            ingress_service: "istio-ingressgateway".to_owned(),
            ingress_selector: String::new(),
            ingress_controller_mode: "STRICT".to_owned(),
            origin: None,
        }
    }
}
