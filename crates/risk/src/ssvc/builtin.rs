//! The tables of the standard that are compiled in; their licence lies beside the data.

use std::sync::OnceLock;

use super::point::DecisionPoint;
use super::table::Table;
use super::tree::Tree;

/// A table of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Builtin {
    /// Deployer: when to apply a patch (`ssvc:DT_DP:1.0.0`, 72 rows).
    Deployer,
    /// Human impact from safety and mission impact (`ssvc:DT_HI:1.0.0`, 16 rows). Its rows count, not the definition
    /// texts of Human Impact 2.0.2, which differ in four cells.
    HumanImpact,
    /// CISA's coordinator tree (`cisa:DT_CO:2.0.3`, 36 rows).
    CisaCoordinator,
    /// Mission and well-being impact from mission prevalence and public well-being impact (9 rows).
    MissionAndWellBeing,
    /// CISA BOD 26-04, table 1 (`cisa:DT_BOD2604:1.0.0`, 16 rows).
    Bod2604,
    /// Utility from automatable and value density (`ssvc:DT_U:1.0.0`, 4 rows).
    Utility,
    /// Public safety impact from safety impact (`ssvc:DT_PSI:1.0.0`, 4 rows).
    PublicSafety,
    /// Supplier: when to develop a patch (`ssvc:DT_SD:1.0.0`, 36 rows).
    Supplier,
    /// Coordinator: whether to take a report (192 rows).
    CoordinatorTriage,
    /// Coordinator: whether to publish (27 rows).
    CoordinatorPublish,
}

impl Builtin {
    /// All of them.
    pub const ALL: [Builtin; 10] = [
        Builtin::Deployer,
        Builtin::HumanImpact,
        Builtin::CisaCoordinator,
        Builtin::MissionAndWellBeing,
        Builtin::Bod2604,
        Builtin::Utility,
        Builtin::PublicSafety,
        Builtin::Supplier,
        Builtin::CoordinatorTriage,
        Builtin::CoordinatorPublish,
    ];

    /// The table; read once.
    pub fn table(self) -> &'static Table {
        static TABLES: [OnceLock<Table>; 10] = [const { OnceLock::new() }; 10];
        TABLES[self as usize].get_or_init(|| {
            Table::from_json(self.json().as_bytes())
                .expect("a test reads every table that is compiled in")
        })
    }

    fn json(self) -> &'static str {
        match self {
            Builtin::Deployer => {
                include_str!("../../data/ssvc/deployer_patch_application_priority_1_0_0.json")
            }
            Builtin::HumanImpact => include_str!("../../data/ssvc/human_impact_1_0_0.json"),
            Builtin::CisaCoordinator => include_str!("../../data/ssvc/cisa_coordinator_2_0_3.json"),
            Builtin::MissionAndWellBeing => {
                include_str!("../../data/ssvc/mission_and_well_being_impact.json")
            }
            Builtin::Bod2604 => include_str!("../../data/ssvc/cisa_bod_26_04_1_0_0.json"),
            Builtin::Utility => include_str!("../../data/ssvc/utility_1_0_0.json"),
            Builtin::PublicSafety => {
                include_str!("../../data/ssvc/public_safety_impact_1_0_0.json")
            }
            Builtin::Supplier => {
                include_str!("../../data/ssvc/supplier_patch_development_priority_1_0_0.json")
            }
            Builtin::CoordinatorTriage => {
                include_str!("../../data/ssvc/coordinator_triage_1_0_0.json")
            }
            Builtin::CoordinatorPublish => {
                include_str!("../../data/ssvc/coordinator_publish_1_0_0.json")
            }
        }
    }
}

/// The deployer's table with human impact answered from safety and mission impact.
pub fn deployer_tree() -> &'static Tree {
    static TREE: OnceLock<Tree> = OnceLock::new();
    TREE.get_or_init(|| tree(Builtin::Deployer, &[Builtin::HumanImpact]))
}

/// CISA's table with mission and well-being impact answered from its two parts.
pub fn cisa_tree() -> &'static Tree {
    static TREE: OnceLock<Tree> = OnceLock::new();
    TREE.get_or_init(|| tree(Builtin::CisaCoordinator, &[Builtin::MissionAndWellBeing]))
}

/// The supplier's table with utility and public safety impact answered from their parts.
pub fn supplier_tree() -> &'static Tree {
    static TREE: OnceLock<Tree> = OnceLock::new();
    TREE.get_or_init(|| {
        tree(
            Builtin::Supplier,
            &[Builtin::Utility, Builtin::PublicSafety],
        )
    })
}

/// Every decision point of the tables above, once.
pub fn known_points() -> &'static [DecisionPoint] {
    static POINTS: OnceLock<Vec<DecisionPoint>> = OnceLock::new();
    POINTS.get_or_init(|| {
        let mut points: Vec<DecisionPoint> = Vec::new();
        for table in Builtin::ALL.map(Builtin::table) {
            for point in table.inputs().iter().chain([table.outcome()]) {
                if !points.iter().any(|known| known.id() == point.id()) {
                    points.push(point.clone());
                }
            }
        }
        points
    })
}

fn tree(root: Builtin, helpers: &[Builtin]) -> Tree {
    let helpers = helpers.iter().map(|helper| helper.table().clone());
    Tree::new(root.table().clone(), helpers.collect()).expect("a test builds every tree")
}
