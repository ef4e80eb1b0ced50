"""Who is in the demo's book of business: made-up companies and people. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

PASSWORD = "foothold-demo"  # noqa: S105 - of a demo that only DEBUG allows
DOMAIN = "demo.example"

EMEA = "EMEA & APAC"
AMERICAS = "Americas"


@dataclass(frozen=True)
class Person:
    """Somebody who signs in; `role` as accounts.access names it."""

    login: str
    first_name: str
    last_name: str
    role: str
    team: str = ""
    time_zone: str = "UTC"
    country: str = ""

    @property
    def email(self) -> str:
        return f"{self.login}@{DOMAIN}"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


MARA = Person("csm", "Mara", "Lindqvist", "csm", EMEA, "Europe/Stockholm", "SE")
JONAS = Person("jonas", "Jonas", "Okafor", "csm", EMEA, "Europe/Berlin", "DE")
PRIYA = Person("priya", "Priya", "Raman", "csm", AMERICAS, "America/Chicago", "US")
MANAGER = Person("manager", "Helena", "Brandt", "manager", EMEA, "Europe/Zurich", "CH")
ADMIN = Person("admin", "Ada", "Ferreira", "admin", "", "Europe/Lisbon", "PT")
VIEWER = Person("viewer", "Victor", "Sund", "viewer", "", "Europe/Copenhagen", "DK")
SERVICE = Person("usage-feed", "Usage", "feed", "service")

PEOPLE = (MARA, JONAS, PRIYA, MANAGER, ADMIN, VIEWER, SERVICE)
CSMS_OF_REGION = {"EMEA": (MARA, JONAS), "APAC": (MARA,), "AMER": (PRIYA,), "LATAM": (PRIYA,)}


@dataclass(frozen=True)
class Company:
    name: str
    industry: str
    region: str

    @property
    def slug(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")


def _companies(table: str) -> tuple[Company, ...]:
    rows = (line.split("|") for line in table.strip().splitlines())
    return tuple(Company(*(cell.strip() for cell in row)) for row in rows)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Made up. Stories take them in this order; the last six are the groups' parents and children.
COMPANIES = _companies("""
Norrwick Mutual          | Insurance          | EMEA
Cobaltine Freight        | Logistics          | AMER
Haldenmoor Rail          | Transport          | EMEA
Tessaly Genomics         | Life sciences      | EMEA
Ostermark Energi         | Energy             | EMEA
Pellucid Payments        | Financial services | AMER
Gravenholt Bank          | Financial services | EMEA
Quillhaven Press         | Media              | EMEA
Sundvall Optik           | Manufacturing      | EMEA
Marrowfield Foods        | Consumer goods     | AMER
Kitewater Telecom        | Telecommunications | APAC
Ferrant & Loche          | Retail             | EMEA
Drystone Robotics        | Manufacturing      | AMER
Vellamo Shipping         | Logistics          | EMEA
Arkenfield Health        | Healthcare         | AMER
Brennmoor Motors         | Automotive         | EMEA
Tallowgate Games         | Software           | AMER
Umbrel Semiconductors    | Electronics        | APAC
Castellan Re             | Insurance          | EMEA
Westerleigh University   | Education          | AMER
Palter Aerospace         | Aerospace          | EMEA
Juniper Ledge Brewing    | Consumer goods     | AMER
Stavernes Subsea         | Energy             | EMEA
Quorrel Analytics        | Software           | AMER
Lindenhof Kliniken       | Healthcare         | EMEA
Bluemarl Mining          | Mining             | LATAM
Ravensholme Council      | Public sector      | EMEA
Tamarind Mobility        | Transport          | APAC
Wexcombe Assurance       | Insurance          | EMEA
Orrery Space Systems     | Aerospace          | AMER
Velbert Hydraulik        | Manufacturing      | EMEA
Saltmarsh Streaming      | Media              | AMER
Nordhavn Logistik        | Logistics          | EMEA
Pinyon Ridge Utilities   | Energy             | AMER
Aurelle Cosmétiques      | Consumer goods     | EMEA
Mirador Seguros          | Insurance          | LATAM
Thornbury Pharma         | Life sciences      | EMEA
Cedarline Credit         | Financial services | AMER
Eskdale Instruments      | Electronics        | EMEA
Hollowell Hotels         | Hospitality        | AMER
Zandvoort Agro           | Agriculture        | EMEA
Kestrin Cyber            | Software           | AMER
Bjornstad Maritime       | Logistics          | EMEA
Larkmoor Learning        | Education          | APAC
Fennimore Construction   | Construction       | AMER
Ilmara Networks          | Telecommunications | EMEA
Copperdell Insurance     | Insurance          | AMER
Rosenquist Papier        | Manufacturing      | EMEA
Almadena Bank            | Financial services | LATAM
Greywether Climate       | Energy             | EMEA
Sablepoint Defense       | Aerospace          | AMER
Tindermill Retail        | Retail             | EMEA
Yarrowby Diagnostics     | Healthcare         | AMER
Montclef Assurances      | Insurance          | EMEA
Havilland Cloudworks     | Software           | AMER
Oresund Turbines         | Energy             | EMEA
Cinderford Studios       | Media              | EMEA
Ponderay Semis           | Electronics        | AMER
Kaldbek Fisheries        | Agriculture        | EMEA
Silverlode Exchange      | Financial services | AMER
Merrowdale Water         | Public sector      | EMEA
Twinspruce Outdoor       | Retail             | AMER
Halcyra Biotech          | Life sciences      | EMEA
Mistral Voie Ferrée      | Transport          | EMEA
Bantry Fern Travel       | Hospitality        | EMEA
Okanee Timber            | Manufacturing      | AMER
Sorrelwood Estates       | Construction       | EMEA
Verdigris Labs           | Software           | AMER
Calloway Orchard Group   | Consumer goods     | AMER
Nakahoshi Precision      | Manufacturing      | APAC
Dunmarrow Legal          | Professional services | EMEA
Pashley Quay Ports       | Logistics          | EMEA
Elmsworth Group          | Conglomerate       | EMEA
Elmsworth Digital        | Software           | EMEA
Elmsworth Rail           | Transport          | EMEA
Tarrazon Holdings        | Conglomerate       | AMER
Tarrazon Retail          | Retail             | AMER
Tarrazon Cloud           | Software           | AMER
""")

FIRST_NAMES = _words("""Amara Bastien Celine Dario Edda Farid Greta Hiroshi Ines Jakub Keiko Lorenzo Maren Nils
    Oluwaseun Petra Quentin Rosa Samir Tove Ulrich Valeria Wanjiru Xenia Yusuf Zofia Anders Beatriz
    Cormac Dalia Emil Freya Gideon Hanneke Ishaan Joana Klaus Leila Mateo Noor""")
LAST_NAMES = _words("""Abara Bergstrand Castellano Dvorak Eriksen Falkner Gunnarsson Hadley Iwata Jansen Kovalik
    Lindgren Moreau Nakamura Oyelaran Pereira Quist Rossetti Sandoval Takahashi Ulfsson Varga
    Whitlock Yilmaz Zielinski Achterberg Brandvold Chaudhry Delacroix Ekholm Fonseca Grabowski
    Haugen Ivanova Jokinen Kessler Lombardi Mwangi Nystrom Okonkwo""")
TITLES = {
    "development_lead": ("VP Engineering", "Head of Platform", "Director of Development"),
    "security_lead": ("CISO", "Head of Application Security", "Security Architect"),
    "executive_sponsor": ("CIO", "CTO", "Chief Digital Officer"),
    "administrator": ("DevOps Engineer", "Platform Administrator", "Site Reliability Engineer"),
    "procurement": ("Category Manager IT", "Software Asset Manager", "Head of Procurement"),
}
