"""What these pages have in common: where they stand in the navigation, and the names of places and days."""

from collections.abc import Mapping

from ivr.aftersales.calendar import regions

GROUP = "Administración"
PREFIX = "/administracion"

_REGION_NAMES: Mapping[str, str] = {
    "AP": "Arica y Parinacota",
    "TA": "Tarapacá",
    "AN": "Antofagasta",
    "AT": "Atacama",
    "CO": "Coquimbo",
    "VS": "Valparaíso",
    "RM": "Metropolitana de Santiago",
    "LI": "O'Higgins",
    "ML": "Maule",
    "NB": "Ñuble",
    "BI": "Biobío",
    "AR": "La Araucanía",
    "LR": "Los Ríos",
    "LL": "Los Lagos",
    "AI": "Aysén",
    "MA": "Magallanes",
}
#: From north to south, as Chileans list them.
REGIONS: Mapping[str, str] = {code: name for code, name in _REGION_NAMES.items() if code in regions()}

TIMEZONES: Mapping[str, str] = {
    "America/Santiago": "Chile continental",
    "America/Punta_Arenas": "Magallanes",
    "America/Coyhaique": "Aysén",
    "Pacific/Easter": "Isla de Pascua",
}

WEEKDAYS: Mapping[int, str] = {
    1: "Lunes",
    2: "Martes",
    3: "Miércoles",
    4: "Jueves",
    5: "Viernes",
    6: "Sábado",
    7: "Domingo",
}
